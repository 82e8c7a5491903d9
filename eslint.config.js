import { existsSync } from 'node:fs'
import { builtinModules } from 'node:module'
import js from '@eslint/js'
import tseslint from 'typescript-eslint'
import { layers } from './eslint/layers.js'
import { ringPlugin } from './eslint/ring-plugin.js'

const nodeBuiltins = ['node:*', ...builtinModules.filter((name) => !name.startsWith('_'))]
const place = (name) =>
  existsSync(new URL(`./packages/${name}`, import.meta.url)) ? `packages/${name}` : `apps/${name}`

const internals = {
  group: ['@ring/*/*', '!@ring/*/package.json', '!@ring/merge/memory-store'],
  message: 'Import a package by its public face only.',
}
/** Simulations of the packages above use the simulated group of gms, and the variants of merge. */
const internalsButSimulation = {
  ...internals,
  group: [...internals.group, '!@ring/gms/simulation', '!@ring/merge/simulation', '!@ring/messaging/simulation'],
}
const upwards = (name, allowed) => ({
  group: ['@ring/*', ...allowed.map((other) => `!@ring/${other}`)],
  message: `docs/architecture.md: ${name} may import only ${allowed.join(', ') || 'no Ring package'}.`,
})

/** Imports run only downwards; tests, and what only tests run, may also use testkit. */
const layerRules = Object.entries(layers).flatMap(([name, allowed]) => [
  {
    files: [`${place(name)}/src/**/*.ts`],
    plugins: { ring: ringPlugin },
    rules: {
      'no-restricted-imports': ['error', { patterns: [upwards(name, allowed), internals] }],
      'ring/stays-inside': ['error', 'package'],
      'ring/no-import-circle': 'error',
    },
  },
  {
    files: [`${place(name)}/src/core/**/*.ts`],
    ignores: ['**/*.test.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            upwards(name, allowed),
            internals,
            { group: nodeBuiltins, message: 'A core has no I/O: take a platform interface.' },
          ],
        },
      ],
      'ring/stays-inside': ['error', 'core'],
    },
  },
  {
    files: ['**/*.test.ts', 'simulation/**/*.ts', 'e2e/**/*.ts'].map((files) => `${place(name)}/src/${files}`),
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [upwards(name, [...new Set([...allowed, name, 'testkit'])]), internalsButSimulation] },
      ],
    },
  },
])

const noAmbientWorld = {
  'no-restricted-globals': [
    'error',
    ...[
      ...['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'],
      ...['process', 'performance', 'crypto', 'fetch', 'globalThis'],
    ].map((name) => ({
      name,
      message: 'A core has no clock, timer, random source or process: take a platform interface.',
    })),
  ],
  'no-restricted-properties': [
    'error',
    { object: 'Date', property: 'now', message: 'Take a Clock.' },
    { object: 'Math', property: 'random', message: 'Take a Random.' },
  ],
  'no-restricted-syntax': [
    'error',
    { selector: "NewExpression[callee.name='Date'][arguments.length=0]", message: 'Take a Clock.' },
    { selector: "CallExpression[callee.name='Date']", message: 'Take a Clock.' },
    { selector: 'ImportExpression', message: 'A core loads nothing while it runs: import it above.' },
  ],
}

export default tseslint.config(
  { ignores: ['**/dist/**', '**/.turbo/**', 'out/**', '**/.ring/**', 'tools/**'] },
  js.configs.recommended,
  {
    files: ['**/*.{js,mjs}'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        setInterval: 'readonly',
        clearInterval: 'readonly',
        fetch: 'readonly',
        Buffer: 'readonly',
        TextDecoder: 'readonly',
        TextEncoder: 'readonly',
        AbortController: 'readonly',
        AbortSignal: 'readonly',
      },
    },
  },
  {
    files: ['packages/*/{src,bench,examples}/**/*.ts', 'apps/*/{src,bench}/**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-non-null-assertion': 'off', // noUncheckedIndexedAccess makes dense-array loops need it
      '@typescript-eslint/unbound-method': 'off',
      // A field is left out of an object by naming it.
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true }],
      '@typescript-eslint/no-confusing-void-expression': [
        'error',
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    },
  },
  // A generator that yields what it has need not wait for anything.
  { files: ['packages/*/examples/**/*.ts'], rules: { '@typescript-eslint/require-await': 'off' } },
  {
    files: ['packages/*/src/core/**/*.ts', 'packages/placement/src/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: noAmbientWorld,
  },
  { files: ['packages/*/src/**/*.ts'], ignores: ['**/*.test.ts'], rules: { 'no-console': 'error' } },
  ...layerRules,
)
