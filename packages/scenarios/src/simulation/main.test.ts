import { describe, expect, it } from 'vitest'
import { commandOf } from './options.ts'
import { leastTrouble, sweep, traced } from './seeds.ts'
import { subjectOf, variantNames } from './subject.ts'

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

  it('says what is wrong', () => {
    for (const words of [
      ...[['--seed', '0'], ['--seed', '1.5'], ['--seeds', ''], ['--quorum', 'all'], ['--frobnicate'], ['more']],
      ...[['--members', '1'], ['--members', '10,'], ['--members', '10', '--variant', 'unpaced'], ['--long']],
    ])
      expect(commandOf(words).kind, words.join(' ')).toBe('wrong')
  })
})
