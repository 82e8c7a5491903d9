import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Configuration } from './configuration.ts'
import { ConfigurationError } from './error.ts'
import { type ReadOutcome, Reload } from './reload.ts'

const valid = (digest: string): ReadOutcome => ({
  kind: 'valid',
  digest,
  configuration: { digest } as unknown as Configuration,
})
const invalid = (rule: string): ReadOutcome => ({
  kind: 'invalid',
  error: new ConfigurationError([{ file: 'f', rule, severity: 'error' }]),
})

/** Virtual time: one timer, and a reading that ends when the test says so. */
class World {
  readonly told: string[] = []
  reads = 0
  armed: number | undefined
  readonly reload: Reload

  constructor(digest?: string) {
    const effects = {
      read: () => {
        this.reads++
      },
      arm: (delayMs: number) => {
        this.armed = delayMs
      },
      changed: (configuration: Configuration) =>
        void this.told.push(`changed ${(configuration as unknown as { digest: string }).digest}`),
      invalid: (error: ConfigurationError) => void this.told.push(`invalid ${error.issues[0]!.rule}`),
    }
    this.reload = new Reload({ debounceMs: 100, settleMs: 1000, pollMs: 2000 }, effects, digest)
  }

  /** Lets the armed time pass and the reading end so. */
  passes(outcome: ReadOutcome, watched = true): number | undefined {
    const delay = this.armed
    this.armed = undefined
    this.reload.timer()
    this.reload.read(outcome, watched)
    return delay
  }
}

describe('A1: reload', () => {
  it('A1: a change is told once it is valid, the same texts never', () => {
    const world = new World('1')
    world.reload.touched()
    world.reload.touched()
    expect(world.passes(valid('1'))).toBe(100)
    expect(world.armed).toBeUndefined()
    world.reload.touched()
    world.passes(valid('2'))
    world.reload.touched()
    world.passes(valid('2'))
    expect(world.told).toEqual(['changed 2'])
    expect(world.reads).toBe(3)
  })

  it('A1: without a configuration in use the first valid reading is taken for it', () => {
    const world = new World()
    world.reload.touched()
    world.passes(valid('1'))
    world.reload.touched()
    world.passes(valid('2'))
    expect(world.told).toEqual(['changed 2'])
  })

  it('A1: a half-written file is passed over', () => {
    const world = new World('1')
    world.reload.touched()
    world.passes(invalid('half'))
    expect(world.armed).toBe(1000)
    world.reload.touched()
    expect(world.armed).toBe(100)
    world.passes(invalid('half again'))
    world.reload.touched()
    world.passes(valid('2'))
    expect(world.told).toEqual(['changed 2'])
  })

  it('A1: what stays invalid is told once, and again when it is invalid in another way', () => {
    const world = new World('1')
    world.reload.touched()
    world.passes(invalid('a'))
    expect(world.passes(invalid('a'))).toBe(1000)
    expect(world.told).toEqual(['invalid a'])
    expect(world.passes(invalid('a'))).toBe(2000)
    expect(world.passes(invalid('b'))).toBe(2000)
    expect(world.passes(invalid('b'))).toBe(1000)
    expect(world.told).toEqual(['invalid a', 'invalid b'])
    expect(world.passes(valid('1'))).toBe(2000)
    expect(world.armed).toBeUndefined()
    expect(world.told).toHaveLength(2)
  })

  it('A1: signs that never pause do not put the reading off', () => {
    const world = new World('1')
    world.reload.touched()
    world.armed = undefined
    world.reload.touched()
    expect(world.armed).toBeUndefined()
    world.passes(valid('2'))
    expect(world.told).toEqual(['changed 2'])
  })

  it('A1: a sign that comes while it is read leads to another reading', () => {
    const world = new World('1')
    world.reload.touched()
    world.reload.timer()
    world.reload.touched()
    world.reload.read(valid('2'), true)
    expect(world.passes(valid('3'))).toBe(100)
    expect(world.told).toEqual(['changed 2', 'changed 3'])
  })

  it('A1: where nothing gives signs it looks again and again', () => {
    const world = new World('1')
    world.reload.touched()
    world.passes(valid('1'), false)
    expect(world.passes(valid('1'), false)).toBe(2000)
    expect(world.passes(valid('2'), true)).toBe(2000)
    expect(world.armed).toBeUndefined()
    expect(world.told).toEqual(['changed 2'])
  })

  it('A1: whatever happens, what is told last is what the files hold in the end', () => {
    const steps = fc.array(
      fc.constantFrom('write 1', 'write 2', 'write 3', 'break a', 'break b', 'begin', 'end', 'timer'),
    )
    fc.assert(
      fc.property(steps, fc.boolean(), (all, watched) => {
        const world = new World('1')
        world.reload.touched()
        let content = valid('1')
        let reading: ReadOutcome | undefined
        const end = () => {
          const outcome = reading
          reading = undefined
          if (outcome !== undefined) world.reload.read(outcome, watched)
        }
        const begin = () => {
          if (reading !== undefined || world.armed === undefined) return
          world.armed = undefined
          const before = world.reads
          world.reload.timer()
          if (world.reads > before) reading = content
        }
        for (const step of all) {
          const [what, which] = step.split(' ')
          if (what === 'begin' || what === 'timer') begin()
          else if (what === 'end') end()
          else {
            content = what === 'write' ? valid(which!) : invalid(which!)
            world.reload.touched()
          }
        }
        for (let round = 0; round < 8; round++) {
          begin()
          end()
        }
        let inUse = '1'
        for (const told of world.told) if (told.startsWith('changed ')) inUse = told.slice('changed '.length)
        if (content.kind === 'valid') expect(inUse).toBe(content.digest)
        else expect(world.told.at(-1)).toBe(`invalid ${content.error.issues[0]!.rule}`)
        expect(world.armed === undefined).toBe(content.kind === 'valid' && watched)
      }),
      { numRuns: 2000 },
    )
  })
})
