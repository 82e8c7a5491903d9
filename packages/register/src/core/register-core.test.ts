import { incarnation, nodeName, type Peer } from '@ring/platform'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { arbitraryMessage } from '../simulation/arbitrary-message.ts'
import type { RegisterEffect } from './events.ts'
import type { RingRecord } from './record/record.ts'
import { RegisterCore } from './register-core.ts'

const name = nodeName('a')
const peer: Peer = { name: nodeName('b'), incarnation: incarnation(1), role: 'server' }

const record: RingRecord = {
  lineage: 'l',
  version: 1,
  epoch: 1,
  ancestors: [],
  voters: [
    { name: nodeName('b'), voterId: 'x' },
    { name, voterId: 'id' },
  ],
  view: null,
  state: null,
  operations: [],
  origin: { name, incarnation: 1, sequence: 1 },
}

function started(): { readonly core: RegisterCore; readonly effects: readonly RegisterEffect[] } {
  const core = new RegisterCore({ name, incarnation: 2, storage: 'memory' })
  const vote = { voterId: 'id', incarnation: 1, after: { lineage: 'l', version: 1 } }
  const start = { type: 'start', state: { vote, record }, freshVoterId: 'v', freshLineage: 'f', wallMs: 1 } as const
  return { core, effects: core.step(start, 0) }
}

describe('RegisterCore', () => {
  it('never throws, whatever well-formed messages come, and its versions of a lineage only rise', () => {
    fc.assert(
      fc.property(fc.array(arbitraryMessage, { maxLength: 30 }), (messages) => {
        const { core, effects } = started()
        const held = effects.filter((effect) => effect.type === 'committed').map((effect) => effect.record)
        messages.forEach((message, at) => {
          for (const effect of core.step({ type: 'message', from: peer, message }, at))
            if (effect.type === 'committed') held.push(effect.record)
        })
        for (let at = 1; at < held.length; at++) {
          expect(held[at]!.lineage).toBe('l')
          expect(held[at]!.version).toBeGreaterThan(held[at - 1]!.version)
        }
      }),
    )
  })

  it('gives equal effects for equal events', () => {
    fc.assert(
      fc.property(fc.array(arbitraryMessage, { maxLength: 10 }), (messages) => {
        const one = started().core
        const other = started().core
        for (const message of messages) {
          const event = { type: 'message', from: peer, message } as const
          expect(one.step(event, 1)).toEqual(other.step(event, 1))
        }
      }),
    )
  })

  it('refuses a proposal before it was started', () => {
    const core = new RegisterCore({ name, incarnation: 1, storage: 'memory' })
    expect(core.step({ type: 'propose', proposalId: 9, expectedVersion: 1, next: record }, 0)).toMatchObject([
      { type: 'proposal-ended', proposalId: 9, outcome: { kind: 'refused', reason: 'not-started' } },
    ])
  })
})
