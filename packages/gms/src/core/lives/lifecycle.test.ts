import { nodeName } from '@ring/platform'
import { expect, it } from 'vitest'
import { Alarms } from '../alarms.ts'
import type { GmsContext } from '../context.ts'
import type { GmsEffect } from '../effects.ts'
import { member, recordOf } from '../record/sample-records.ts'
import { StateParts } from '../record/state-parts.ts'
import { soundRules } from '../rules.ts'
import { timingOf } from '../timing.ts'
import { Lifecycle } from './lifecycle.ts'

const [a, b] = [member('a:1'), member('b:1')]

it('B3: who is alone by the time it asks to leave again, and decides it at once, waits for nothing more', () => {
  const effects: GmsEffect[] = []
  const context: GmsContext = {
    ...{ self: { ...b }, quorum: 'none', timing: timingOf('default'), random: { uint32: () => 1 }, rules: soundRules },
    ...{ alarms: new Alarms(), parts: new StateParts(), phase: 'member', built: 0, dials: 0, nowMs: 0, wallMs: 0 },
    record: recordOf({ members: [a, b], barred: [] }),
    emit: (effect) => effects.push(effect),
  }
  let acting = a.name
  const lifecycle: Lifecycle = new Lifecycle(context, {
    actingCoordinator: () => acting,
    end: () => undefined,
    forget: () => undefined,
    lookForGroup: () => undefined,
    // The only voter of a view with nobody else in it commits within the call.
    removeSelf: () => lifecycle.goneForGood(),
  })
  lifecycle.leave()
  acting = nodeName('b:1')
  context.nowMs = context.alarms.nextMs!
  context.alarms.runDue(context.nowMs)
  expect(effects.at(-1)).toEqual({ type: 'left' })
  // One that stayed due would be a timer of no milliseconds, again and again.
  expect(context.alarms.nextMs).toBeUndefined()
})
