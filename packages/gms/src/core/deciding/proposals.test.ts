import { incarnation, nodeName } from '@ring/platform'
import { describe, expect, it } from 'vitest'
import { Alarms } from '../alarms.ts'
import type { GmsContext } from '../context.ts'
import type { GmsEffect } from '../effects.ts'
import { timingOf } from '../timing.ts'
import type { OperationResult } from './operation.ts'
import { Proposals } from './proposals.ts'

const [self, first, second] = [nodeName('a:1'), nodeName('b:1'), nodeName('c:1')]
const operation = { id: 'o', part: 'log', body: 1 }

/** Somebody proposes at a; b decides, until c does. */
function proposing() {
  const effects: GmsEffect[] = []
  let decider = first
  const context = {
    self: { name: self, incarnation: incarnation(1) },
    ...{ alarms: new Alarms(), nowMs: 0, timing: timingOf('default'), record: undefined },
    emit: (effect: GmsEffect) => effects.push(effect),
  } as unknown as GmsContext
  const proposals = new Proposals(context, {
    decider: () => decider,
    operate: () => undefined,
    ...{ isOlder: () => false, askOlder: () => false, missing: () => undefined },
  })
  proposals.propose(operation, 1_000)
  return {
    proposals,
    decides: (name: typeof first) => {
      decider = name
      proposals.deciderChanged()
    },
    ends: () => effects.flatMap((effect) => (effect.type === 'operation-ended' ? [effect.result] : [])),
  }
}

const refused = (why: 'busy' | 'forgotten'): OperationResult => ({ kind: 'refused', why })

describe('an operation that is refused', () => {
  it('did not happen, where only one was asked', () => {
    const { proposals, ends } = proposing()
    proposals.onResult(second, 'o', refused('busy'))
    expect(ends()).toEqual([])
    proposals.onResult(first, 'o', refused('busy'))
    expect(ends()).toEqual([refused('busy')])
  })

  it('may have happened, where somebody was asked before who may have proposed it', () => {
    const { proposals, decides, ends } = proposing()
    decides(second)
    proposals.onResult(second, 'o', refused('busy'))
    expect(ends()).toEqual([{ ...refused('busy'), mayHaveHappened: true }])
  })

  it('S2: may have happened, where nobody remembers its earlier try', () => {
    const { proposals, ends } = proposing()
    proposals.onResult(first, 'o', refused('forgotten'))
    expect(ends()).toEqual([{ ...refused('forgotten'), mayHaveHappened: true }])
  })
})
