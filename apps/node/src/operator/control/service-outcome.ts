import { type ChmpxCode, chmpxOutcome, failure, type LifecycleName, type Outcome } from '@ring/control-protocol'
import type { ServiceFailure, ServiceOutcome } from '@ring/merge'
import { RingError } from '@ring/platform'

type Failed = Extract<ServiceOutcome, { readonly ok: false }>

/** What CHMPX says to it, and what Ring adds. */
interface Meaning {
  readonly code: ChmpxCode
  readonly detail: (servers: string) => string
}

const meanings: Readonly<Record<ServiceFailure, Meaning>> = {
  invalid: {
    code: 'not-allowed',
    detail: () => 'The ring did not understand it; its coordinator is of another version.',
  },
  'unknown-server': { code: 'no-such-server', detail: (servers) => `${servers} is no server of this ring.` },
  'already-in': { code: 'not-allowed', detail: (servers) => `${servers} is in service already.` },
  'already-out': { code: 'already-out', detail: (servers) => `${servers} is out of service already.` },
  'already-coming': {
    code: 'not-allowed',
    detail: (servers) => `${servers} is coming into service already; MERGE, then COMPMERGE.`,
  },
  'already-going': {
    code: 'not-allowed',
    detail: (servers) => `${servers} is going out of service already; MERGE, then COMPMERGE.`,
  },
  down: { code: 'not-allowed', detail: (servers) => `${servers} is down: start it.` },
  operating: {
    code: 'operating',
    detail: (servers) =>
      `A merge is under way${servers && `, ${servers} takes part`}: wait for its end, or ABORTMERGE.`,
  },
  'last-server': {
    code: 'not-allowed',
    detail: (servers) => `${servers} is the last server in service: take another one in first.`,
  },
  held: { code: 'not-allowed', detail: (servers) => `An operator keeps ${servers} where it is.` },
  'no-merge': { code: 'done', detail: () => 'No merge is under way: nothing has changed.' },
  'nothing-to-merge': { code: 'done', detail: () => 'Nobody has anything to get: nothing has changed.' },
  'not-done': { code: 'some-servers', detail: (servers) => `Not done yet: ${servers}. Wait, or ABORTMERGE.` },
  closing: { code: 'operating', detail: () => 'It is being completed at this moment.' },
  'other-merge': { code: 'not-allowed', detail: () => 'That merge has ended; another one may be under way.' },
  stale: { code: 'not-allowed', detail: () => 'The ring has changed since: look again.' },
  'not-closed': { code: 'not-completed', detail: (servers) => `Not all have closed what moves: ${servers}.` },
  'already-suspended': { code: 'done', detail: () => 'Merging is suspended already.' },
  'not-suspended': { code: 'done', detail: () => 'Merging is not suspended.' },
}

/** CHMPX has a sentence of its own for an end that did not come. */
const ownCodes: Partial<Record<LifecycleName, ChmpxCode>> = { COMPMERGE: 'not-completed', ABORTMERGE: 'not-aborted' }

/** A refusal, as CHMPX says it, and why. */
export function refusedOutcome(name: LifecycleName, { why, servers = [] }: Failed): Outcome {
  const { code, detail } = meanings[why]
  const isOwn = why === 'other-merge' || why === 'stale'
  const said = (isOwn && ownCodes[name]) || code
  return chmpxOutcome(said, [detail(servers.join(', '))], { why, servers })
}

/** An operation of which the ring said nothing: whether it may have happened stands in the message. */
export function failedOutcome(error: unknown): Outcome {
  if (error instanceof RingError) return failure(error.code, error.message)
  return failure('RING_CONTROL_FAILED', error instanceof Error ? error.message : String(error))
}
