// What stands in deploy/ fits the code: configurations are valid, alerts use metrics that exist and have their pages.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { metricDefinitions } from '../apps/node/src/observe/metric-definitions.ts'
import { ringSection } from '../apps/node/src/setup/ring-section.ts'
import { loadConfiguration, selfNode } from '../packages/config/src/index.ts'

const root = join(import.meta.dirname, '..')
const read = (...path: string[]) => readFileSync(join(root, ...path), 'utf8')

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly annotations: { readonly runbook: string }
}

interface Manifest {
  readonly kind: string
  readonly data: Readonly<Record<string, string>>
}

describe('F3: deployment', () => {
  const { groups } = parse(read('deploy', 'prometheus', 'ring.rules.yaml')) as { groups: { rules: Rule[] }[] }
  const rules = groups.flatMap((group) => group.rules)

  it('every alert has a page, and every page an alert', () => {
    const pages = readdirSync(join(root, 'docs', 'runbooks')).filter((name) => name !== 'README.md')
    expect(rules.map(({ annotations }) => annotations.runbook).sort()).toEqual(
      pages.map((page) => `docs/runbooks/${page}`).sort(),
    )
    for (const { alert } of rules) expect(read('docs', 'runbooks', `${alert}.md`)).toMatch(`# ${alert}: `)
  })

  it('alerts use metrics and events that there are', () => {
    const names = new Set(metricDefinitions.map(({ name }) => name))
    const events = read('docs', 'operations.md')
    for (const { expr } of rules) {
      for (const [name] of expr.matchAll(/\bring_[a-z_]+/g)) expect(names, expr).toContain(name)
      for (const [, event] of expr.matchAll(/event="([^"]+)"/g)) expect(events).toContain(`\`${event!}\``)
    }
  })

  it('the configuration of the Kubernetes manifests is valid, and each pod finds itself in it', async () => {
    const manifests = parseAllDocuments(read('deploy', 'kubernetes', 'ring.yaml')).map((one) => one.toJS() as Manifest)
    const text = manifests.find(({ kind }) => kind === 'ConfigMap')!.data['ring.yaml']!
    const source = { kind: 'json', text: JSON.stringify(parse(text)) } as const
    const configuration = await loadConfiguration(source, { sections: [ringSection] })
    expect(configuration.warnings).toEqual([])
    const pods = [0, 1, 2].map((index) => `ring-${index}.ring`)
    const names = pods.map((host) => selfNode(configuration, { ctlPort: 8021, hostNames: [host] }).name)
    expect(names).toEqual(pods.map((host) => `${host}:8021`))
  })

  it('the image has a Node that the packages run on and .ci/run tries, in both stages', () => {
    const bases = [...read('deploy', 'container', 'Dockerfile').matchAll(/^FROM (\S+)/gm)].map(([, base]) => base)
    expect(bases).toEqual(['node:24-slim', 'node:24-slim'])
    const { engines } = JSON.parse(read('apps', 'node', 'package.json')) as { engines: { node: string } }
    expect(engines.node).toBe('>=20.19.0')
    expect(read('scripts', 'newer-node.mjs')).toMatch(/'24\.\d+\.\d+'/)
  })

  it('documents and manifests name the same Nodes', () => {
    const folders = ['packages', 'apps'].flatMap((group) => readdirSync(join(root, group)).map((name) => [group, name]))
    const manifests = [[], ...folders].map((path) => JSON.parse(read(...path, 'package.json')) as { engines: unknown })
    for (const { engines } of manifests) expect(engines).toEqual({ node: '>=20.19.0' })
    const tried = 'Node 20.19, 22, 24 and 26'
    for (const page of [['CONTRIBUTING.md'], ['docs', 'operations.md']]) expect(read(...page)).toContain(tried)
  })
})
