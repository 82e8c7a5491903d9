import { nodeName } from '@ring/platform'
import { type NodeEnvironment, World } from '@ring/testkit'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { crc32 } from './core/record/crc32.ts'
import type { RingRecord } from './core/record/record.ts'
import type { RegisterState, RegisterWrite } from './core/record/state.ts'
import { frameStateFile, openStateFile } from './core/record/state-file.ts'
import { RegisterStorage } from './storage.ts'

const name = nodeName('a')
const origin = { name, incarnation: 1, sequence: 1 }
const record: RingRecord = {
  lineage: 'l',
  version: 7,
  epoch: 3,
  ancestors: [],
  voters: [{ name, voterId: 'id' }],
  view: ['a'],
  state: { services: 1 },
  operations: ['op'],
  origin,
}
const vote: RegisterState['vote'] = {
  voterId: 'id',
  incarnation: 5,
  after: { lineage: 'l', version: 7 },
  promised: { round: 1, incarnation: 5, name },
}

function machine() {
  const world = new World({ seed: 1 })
  const node = world.addNode(name, (environment: NodeEnvironment) => ({
    storage: new RegisterStorage(environment.disk),
  }))
  const save = (...writes: RegisterWrite[]): void => {
    let saved = false
    node.process!.storage.save(writes, (result) => {
      saved = result.ok
    })
    expect(world.run(() => saved)).toBe(true)
  }
  const load = (): RegisterState | undefined | { readonly code: unknown; readonly message: string } => {
    let loaded: ReturnType<typeof load> | 'not yet' = 'not yet'
    node.process!.storage.load((result) => {
      loaded = result.ok
        ? result.value
        : { code: (result.error as { code?: unknown }).code, message: result.error.message }
    })
    world.run(() => loaded !== 'not yet')
    return loaded as unknown as ReturnType<typeof load>
  }
  return { node, save, load }
}

const corrupt = (file: string): object => ({
  code: 'RING_REGISTER_STATE_CORRUPT',
  message: expect.stringContaining(`"${file}"`) as string,
})

describe('the state directory', () => {
  it('R4: gives back what was saved, and nothing from an empty directory', () => {
    const { save, load } = machine()
    expect(load()).toBeUndefined()
    save({ file: 'record', record }, { file: 'vote', vote })
    expect(load()).toEqual({ vote, record })
  })

  it('S1: gives back what a later version put into the record', () => {
    const { save, load } = machine()
    const [voter] = record.voters
    const later = {
      ...record,
      outcomes: { op: 1 },
      voters: [{ ...voter!, weight: 2 }],
      origin: { ...origin, at: 'dawn' },
    }
    save({ file: 'record', record: later }, { file: 'vote', vote: { ...vote, supersededBy: later } })
    expect(load()).toEqual({ vote: { ...vote, supersededBy: later }, record: later })
  })

  it('never takes damage for an empty directory: every changed or missing byte is an error', () => {
    const { node, save, load } = machine()
    save({ file: 'record', record }, { file: 'vote', vote })
    for (const file of ['register.record', 'register.vote']) {
      const whole = node.disk.contents(file)!
      for (let at = 0; at < whole.length; at++) {
        const changed = whole.slice()
        changed[at]! ^= 0x41
        node.disk.overwrite(file, changed)
        expect(load()).toMatchObject(corrupt(file))
      }
      for (const length of [0, 5, whole.length - 1]) {
        node.disk.overwrite(file, whole.slice(0, length))
        expect(load()).toMatchObject(corrupt(file))
      }
      node.disk.overwrite(file, whole)
    }
    expect(load()).toEqual({ vote, record })
  })

  it('notices a missing, an older and an exchanged file', () => {
    const { node, save, load } = machine()
    save({ file: 'vote', vote })
    expect(load()).toMatchObject(corrupt('register.record'))
    save({ file: 'record', record: { ...record, version: 6 } })
    expect(load()).toMatchObject(corrupt('register.record'))
    node.disk.overwrite('register.vote', node.disk.contents('register.record')!)
    expect(load()).toMatchObject(corrupt('register.vote'))
    const other = machine()
    other.save({ file: 'record', record })
    expect(other.load()).toMatchObject(corrupt('register.vote'))
  })

  it('opens only what it framed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        expect(openStateFile('vote', frameStateFile('vote', bytes))).toEqual({ ok: true, body: bytes })
        expect(openStateFile('vote', bytes).ok).toBe(false)
      }),
    )
  })

  it('sums as CRC-32 does everywhere', () => {
    expect(crc32(new TextEncoder().encode('123456789'))).toBe(0xcbf43926)
  })
})
