import { readdirSync, readFileSync } from 'node:fs'
import { World } from '@ring/testkit'
import { describe, expect, it } from 'vitest'
import { runGroupScript } from '../simulation/group-script.ts'

const folder = new URL('.', import.meta.url)
const scripts = readdirSync(folder).filter((file) => file.endsWith('.txt'))
const seeds = Array.from({ length: 5 }, (_, at) => at + 1)

/** `row.none.txt` is for one mode of the quorum, `row.txt` for both. */
const modesOf = (file: string) =>
  (['none', 'majority'] as const).filter((quorum) => file.split('.').length === 2 || file.endsWith(`.${quorum}.txt`))

const cases = scripts.flatMap((file) => modesOf(file).map((quorum) => [file, quorum] as const))

describe('B3, B4: a script a row of the seed', () => {
  it('has every row', () => {
    const rows = new Set(scripts.map((file) => file.split('.')[0]))
    expect([...rows].sort()).toEqual([
      'alone',
      'coordinator-leaves',
      'old-coordinator-returns',
      'plain-member-leaves',
      'second-joins',
      'stop-while-coordinator-is-dead',
      'third-joins',
    ])
  })

  it.each(cases)('%s (QUORUM = %s)', (file, quorum) => {
    const text = readFileSync(new URL(file, folder), 'utf8')
    for (const seed of seeds)
      runGroupScript(text, new World({ seed }), { servers: ['a', 'b', 'c'], quorum, file: `${file} (seed ${seed})` })
  })
})
