import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

it('F2: the README shows the very file of the example', () => {
  const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')
  expect(read('../README.md')).toContain(read('../examples/lock.ts').trim())
})
