import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { commandOf } from './options.ts'
import { leastTrouble, sweep, traced } from './seeds.ts'
import { subjectOf, variantNames } from './subject.ts'

const root = fileURLToPath(new URL('../../../..', import.meta.url))

/** `npm run sim` as a process of its own. */
function sim(...words: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/sim.mjs', ...words], {
    cwd: root,
    encoding: 'utf8',
  })
  return { status, stdout, stderr }
}

describe('F2: npm run sim', () => {
  it.each(['none', 'majority'] as const)('replays a seed event by event (QUORUM = %s)', (quorum) => {
    const subject = subjectOf(quorum, undefined)!
    const [one, two] = [traced(7, subject), traced(7, subject)]
    expect(one.verdict.kind).toBe('kept')
    expect(two.world.traceHash()).toBe(one.world.traceHash())
    expect(two.world.trace.lines()).toEqual(one.world.trace.lines())
    expect(traced(8, subject).world.traceHash()).not.toBe(one.world.traceHash())
  })

  it.each(['none', 'majority'] as const)('sound rules keep every promise (QUORUM = %s)', (quorum) => {
    const seen: number[] = []
    const outcome = sweep(10, subjectOf(quorum, undefined)!, (seed) => seen.push(seed))
    expect(outcome).toMatchObject({ kind: 'kept' })
    expect(seen).toHaveLength(10)
    if (outcome.kind === 'kept') expect(Math.min(outcome.views, outcome.leaves)).toBeGreaterThan(10)
  })

  it('M5: a branch in one lineage is caught; the process prints the seed and how to see it, and ends with 1', () => {
    const caught = sim('--variant', 'branch-in-one-lineage', '--seeds', '20', '--shrink')
    expect(caught.status).toBe(1)
    expect(caught.stdout).toMatch(/^BROKEN by seed (\d+): two views for /)
    expect(caught.stdout).toMatch(/see it: npm run sim -- --seed \d+ --variant branch-in-one-lineage\n$/)
    expect(caught.stdout).toMatch(/the least trouble that still breaks it:\n# seed \d+\nat \d+(\.\d+)?ms \w+/)
    // Progress is for terminals.
    expect(caught.stderr).toBe('')
    const [, seed] = /BROKEN by seed (\d+)/.exec(caught.stdout)!
    const again = sim('--seed', seed!, '--variant', 'branch-in-one-lineage', '--json')
    expect(again.status).toBe(1)
    expect(JSON.parse(again.stdout)).toMatchObject({ seed: Number(seed), kind: 'broken' })
  })

  it.each([['membership'], ['register']])('%s: a history that is cut says how to see the rest', (subject) => {
    const words = ['--subject', subject, '--seed', '7']
    const cut = sim(...words).stdout
    const [, left, call] = /^\.\.\. (\d+) lines more: npm run sim -- (.*)$/m.exec(cut)!
    const { stdout: whole } = sim(...call!.split(' '))
    expect(whole).not.toContain('lines more')
    // Itself, it stood for them.
    expect(whole.split('\n').length).toBe(cut.split('\n').length - 1 + Number(left))
  })

  it('M1: state that follows one change later is caught in both modes', () => {
    for (const quorum of ['none', 'majority'] as const)
      expect(sweep(5, subjectOf(quorum, 'state-lags')!, () => undefined)).toMatchObject({ kind: 'broken' })
  })

  it('shrinks to nothing where nothing is broken', () => {
    expect(leastTrouble(1, subjectOf('none', undefined)!)).toBeUndefined()
  })
})

describe('the command line', () => {
  it('knows every variant of membership and of merging, and nothing else', () => {
    expect(variantNames.length).toBeGreaterThan(20)
    for (const name of variantNames)
      expect(commandOf(['--variant', name])).toMatchObject({ kind: 'sweep', variant: name })
    for (const name of ['constructor', 'nothing', '']) expect(commandOf(['--variant', name]).kind).toBe('wrong')
  })

  it('reads what is to be simulated', () => {
    expect(commandOf([])).toMatchObject({ kind: 'sweep', seeds: 300, subject: { quorum: 'none' }, json: false })
    expect(commandOf(['--seed', '7', '--quorum', 'majority', '--full'])).toMatchObject({
      ...{ kind: 'replay', seed: 7, full: true, subject: { quorum: 'majority' } },
    })
    expect(commandOf(['--members', '10,100', '--long'])).toMatchObject({
      kind: 'large',
      members: [10, 100],
      long: true,
    })
    expect(commandOf(['--help', '--seed', 'x']).kind).toBe('help')
  })

  it('says what is wrong, and ends with 2', () => {
    for (const words of [
      ...[['--seed', '0'], ['--seed', '1.5'], ['--seeds', ''], ['--quorum', 'all'], ['--frobnicate'], ['more']],
      ...[['--members', '1'], ['--members', '10,'], ['--members', '10', '--variant', 'unpaced'], ['--long']],
    ])
      expect(commandOf(words).kind, words.join(' ')).toBe('wrong')
    const wrong = sim('--quorum', 'all')
    expect(wrong.status).toBe(2)
    expect(wrong.stderr).toContain('--quorum is none or majority, not all')
    expect(sim('--subject', 'weather').status).toBe(2)
  })
})
