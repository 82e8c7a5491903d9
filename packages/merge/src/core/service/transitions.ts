import type { ServiceState } from './service-state.ts'

/** What happens to a server. */
export const serviceEvents = [
  'comes',
  'goes',
  'service-in',
  'service-out',
  'merge',
  'gains',
  'more',
  'done',
  'emptied',
  'lacks',
  'complete',
  'abort',
] as const

export type ServiceEvent = (typeof serviceEvents)[number]

/** What each event is, for people. */
export const eventMeanings: Readonly<Record<ServiceEvent, string>> = {
  comes: 'a life of it joins the view',
  goes: 'its life leaves the view',
  'service-in': 'SERVICEIN, by an operator or AUTOMERGE',
  'service-out': 'SERVICEOUT, by an operator or AUTOMERGE',
  merge: 'MERGE begins, and it takes part',
  gains: 'MERGE begins, and it is to hold more than it does',
  more: 'who is to hold what has changed in a merge, and it has to get more',
  done: 'it holds all but the last of what it is to hold',
  emptied: 'the last program that held its data is gone',
  lacks: 'no merge is under way, and it holds less than it is to hold',
  complete: 'COMPMERGE is committed',
  abort: 'ABORTMERGE',
}

/** Why a command on a server is refused. */
export type ServiceRefusal = 'already-in' | 'already-out' | 'already-coming' | 'already-going' | 'down' | 'operating'

/** One row of the table: what becomes of a server in this state, up or down, when this happens. */
export interface Transition {
  readonly from: ServiceState
  readonly up: boolean
  readonly event: ServiceEvent
  readonly to: ServiceState
}

/** One row of what is refused. */
export interface Refused {
  readonly from: ServiceState
  readonly up: boolean
  readonly event: 'service-in' | 'service-out'
  readonly why: ServiceRefusal
}

type Row = readonly [from: ServiceState, event: ServiceEvent, to: ServiceState]
type RefusedRow = readonly [from: ServiceState, event: 'service-in' | 'service-out', why: ServiceRefusal]

/** Of a server that is in the view. */
const whileUp: readonly Row[] = [
  ['out', 'service-in', 'add-pending'],
  ['out', 'goes', 'out'],
  ['in', 'service-out', 'delete-pending'],
  ['in', 'gains', 'gaining-doing'],
  ['in', 'more', 'gaining-doing'],
  ['in', 'emptied', 'returning-pending'],
  ['in', 'lacks', 'returning-pending'],
  ['in', 'goes', 'in'],

  ['returning-pending', 'service-out', 'delete-pending'],
  ['returning-pending', 'merge', 'returning-doing'],
  ['returning-pending', 'goes', 'in'],
  ['returning-doing', 'done', 'returning-done'],
  ['returning-doing', 'abort', 'returning-pending'],
  ['returning-doing', 'goes', 'in'],
  ['returning-done', 'more', 'returning-doing'],
  ['returning-done', 'emptied', 'returning-doing'],
  ['returning-done', 'complete', 'in'],
  ['returning-done', 'abort', 'returning-pending'],
  ['returning-done', 'goes', 'in'],

  ['gaining-doing', 'done', 'gaining-done'],
  ['gaining-doing', 'emptied', 'returning-doing'],
  ['gaining-doing', 'abort', 'in'],
  ['gaining-doing', 'goes', 'in'],
  ['gaining-done', 'more', 'gaining-doing'],
  ['gaining-done', 'emptied', 'returning-doing'],
  ['gaining-done', 'complete', 'in'],
  ['gaining-done', 'abort', 'in'],
  ['gaining-done', 'goes', 'in'],

  ['add-pending', 'service-out', 'out'],
  ['add-pending', 'merge', 'add-doing'],
  ['add-pending', 'abort', 'out'],
  ['add-pending', 'goes', 'out'],
  ['add-doing', 'done', 'add-done'],
  ['add-doing', 'abort', 'out'],
  ['add-doing', 'goes', 'out'],
  ['add-done', 'more', 'add-doing'],
  ['add-done', 'emptied', 'add-doing'],
  ['add-done', 'complete', 'in'],
  ['add-done', 'abort', 'out'],
  ['add-done', 'goes', 'out'],

  ['delete-pending', 'service-in', 'in'],
  ['delete-pending', 'merge', 'delete-doing'],
  ['delete-pending', 'abort', 'in'],
  ['delete-pending', 'goes', 'delete-pending'],
  ['delete-doing', 'done', 'delete-done'],
  ['delete-doing', 'abort', 'in'],
  ['delete-doing', 'goes', 'delete-done'],
  ['delete-done', 'complete', 'out'],
  ['delete-done', 'abort', 'in'],
  ['delete-done', 'goes', 'delete-done'],
]

/** Of a server that is not in the view. */
const whileDown: readonly Row[] = [
  ['out', 'comes', 'out'],
  ['in', 'comes', 'returning-pending'],
  ['in', 'service-out', 'delete-pending'],
  ['delete-pending', 'comes', 'delete-pending'],
  ['delete-pending', 'merge', 'delete-done'],
  ['delete-pending', 'abort', 'in'],
  ['delete-done', 'comes', 'delete-done'],
  ['delete-done', 'complete', 'out'],
  ['delete-done', 'abort', 'in'],
]

const refusedUp: readonly RefusedRow[] = [
  ['out', 'service-out', 'already-out'],
  ['in', 'service-in', 'already-in'],
  ['returning-pending', 'service-in', 'already-in'],
  ['returning-doing', 'service-in', 'already-in'],
  ['returning-doing', 'service-out', 'operating'],
  ['returning-done', 'service-in', 'already-in'],
  ['returning-done', 'service-out', 'operating'],
  ['gaining-doing', 'service-in', 'already-in'],
  ['gaining-doing', 'service-out', 'operating'],
  ['gaining-done', 'service-in', 'already-in'],
  ['gaining-done', 'service-out', 'operating'],
  ['add-pending', 'service-in', 'already-coming'],
  ['add-doing', 'service-in', 'already-coming'],
  ['add-doing', 'service-out', 'operating'],
  ['add-done', 'service-in', 'already-coming'],
  ['add-done', 'service-out', 'operating'],
  ['delete-pending', 'service-out', 'already-going'],
  ['delete-doing', 'service-in', 'operating'],
  ['delete-doing', 'service-out', 'already-going'],
  ['delete-done', 'service-in', 'operating'],
  ['delete-done', 'service-out', 'already-going'],
]

const refusedDown: readonly RefusedRow[] = [
  ['out', 'service-in', 'down'],
  ['out', 'service-out', 'already-out'],
  ['in', 'service-in', 'down'],
  ['delete-pending', 'service-in', 'down'],
  ['delete-pending', 'service-out', 'already-going'],
  ['delete-done', 'service-in', 'down'],
  ['delete-done', 'service-out', 'already-going'],
]

/** The whole lifecycle. It drives the machine, makes its page in the documentation, and is walked by the tests. */
export const transitions: readonly Transition[] = [
  ...whileUp.map(([from, event, to]) => ({ from, up: true, event, to })),
  ...whileDown.map(([from, event, to]) => ({ from, up: false, event, to })),
]

export const refusals: readonly Refused[] = [
  ...refusedUp.map(([from, event, why]) => ({ from, up: true, event, why })),
  ...refusedDown.map(([from, event, why]) => ({ from, up: false, event, why })),
]

function keyOf(from: ServiceState, up: boolean, event: ServiceEvent): string {
  return `${from} ${up ? 'up' : 'down'} ${event}`
}

const nextByKey = new Map(transitions.map(({ from, up, event, to }) => [keyOf(from, up, event), to]))
const whyByKey = new Map(refusals.map(({ from, up, event, why }) => [keyOf(from, up, event), why]))

/** Where a server stands after this; undefined where it means nothing to it. */
export function nextState(from: ServiceState, up: boolean, event: ServiceEvent): ServiceState | undefined {
  return nextByKey.get(keyOf(from, up, event))
}

/** Why a command is refused; undefined where it is not. */
export function refusalOf(
  from: ServiceState,
  up: boolean,
  event: 'service-in' | 'service-out',
): ServiceRefusal | undefined {
  return whyByKey.get(keyOf(from, up, event))
}
