import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { nodeSections } from '../apps/node/src/setup/configuration-sections.ts'
import { allSections, defineSection, type Field, text } from '../packages/config/src/index.ts'
import { configurationPage } from './configuration-page.ts'

describe('docs/configuration.md', () => {
  it('A1: is what `npm run docs:config` writes', () => {
    const page = readFileSync(new URL('../docs/configuration.md', import.meta.url), 'utf8')
    expect(page, 'stale: run npm run docs:config').toBe(configurationPage())
  })

  it('A1: has a section that a part brings, and no longer names it among those of others', () => {
    const section = defineSection(
      'WATCHDOG',
      { socket: text({ live: true, doc: 'where it listens' }) },
      { doc: 'Why.' },
    )
    const page = configurationPage([...nodeSections, section])
    expect(page).toContain('\n## [WATCHDOG]\n\nWhy.\n')
    expect(page).toMatch(/\n\| `SOCKET` \|.*\| \*\*required\*\* \| yes \| where it listens \|\n/)
    expect(page).not.toContain('`[WATCHDOG]` is read by')
    expect(configurationPage()).toContain('`[WATCHDOG]` is read by')
  })

  it('A1: every key says what it is for', () => {
    for (const section of allSections(nodeSections)) {
      for (const [property, field] of Object.entries<Field<unknown>>(section.fields)) {
        expect(field.doc, `[${section.name}] ${property}`).not.toBe('')
      }
    }
  })
})
