import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ringSection } from '../apps/node/src/ring-section.ts'
import {
  type AnySection,
  type Field,
  globalSection,
  serverSection,
  slaveSection,
} from '../packages/config/src/index.ts'
import { configurationPage } from './configuration-page.ts'

describe('docs/configuration.md', () => {
  it('A1: is what `npm run docs:config` writes', () => {
    const page = readFileSync(new URL('../docs/configuration.md', import.meta.url), 'utf8')
    expect(page, 'stale: run npm run docs:config').toBe(configurationPage())
  })

  it('A1: every key says what it is for', () => {
    const sections: readonly AnySection[] = [globalSection, serverSection, slaveSection, ringSection]
    for (const section of sections) {
      for (const [property, field] of Object.entries<Field<unknown>>(section.fields)) {
        expect(field.doc, `[${section.name}] ${property}`).not.toBe('')
      }
    }
  })
})
