import { RingError } from '@ring/platform'
import { type MaybeDeliveredReason, meaningOf, type NotDeliveredReason } from '../frames/status.ts'

/** What a call was for, where that is known. */
export interface CallAbout {
  /** The service that it named. */
  readonly service?: string | undefined
  readonly server?: string | undefined
  /** It asked for a stream. */
  readonly isStream?: boolean
}

/** The request certainly did not reach a handler: it may be sent again without harm. */
export class NotDeliveredError extends RingError {
  readonly reason: NotDeliveredReason
  /** The service that was named; without one the unnamed. */
  readonly service: string | undefined
  /** The server that it was addressed to, or where it failed, as far as that is known. */
  readonly server: string | undefined
  /** Its deadline passed while it was kept to be tried again; `reason` says why it was kept. */
  readonly isOverdue: boolean

  constructor(reason: NotDeliveredReason, options?: ErrorOptions & CallAbout & { readonly isOverdue?: boolean }) {
    const isOverdue = options?.isOverdue ?? reason === 'overdue'
    const when = isOverdue && reason !== 'overdue' ? ' before its deadline passed' : ''
    super(`RING_NOT_DELIVERED_${codeOf(reason)}`, `Not delivered${when}: ${adviceOf(reason, options)}`, options)
    this.reason = reason
    this.service = options?.service
    this.server = options?.server
    this.isOverdue = isOverdue
  }
}

/**
 * The request may have reached a handler: only the sender knows whether sending it again does harm. Of an idempotent one
 * that was tried again, `reason` is of the try that may have, and `cause` says why none of the later ones ended it.
 */
export class MaybeDeliveredError extends RingError {
  readonly reason: MaybeDeliveredReason

  constructor(reason: MaybeDeliveredReason, options?: ErrorOptions) {
    super(`RING_MAYBE_DELIVERED_${codeOf(reason)}`, `May have been delivered: ${maybeAdvice[reason]}`, options)
    this.reason = reason
  }
}

/** The caller gave up; why is the `cause`. */
export function cancelledError(signal: AbortSignal | undefined, mayHaveRun: boolean): RingError {
  const options = signal?.reason === undefined ? undefined : { cause: signal.reason as unknown }
  return mayHaveRun
    ? new MaybeDeliveredError('cancelled-running', options)
    : new NotDeliveredError('cancelled', options)
}

/** The handler ran and threw; the message is its own. */
export class HandlerFailedError extends RingError {
  constructor(text: string) {
    super('RING_HANDLER_FAILED', `The handler failed: ${text || 'it gave no reason'}`)
  }
}

/** The error of a status that came over the wire. */
export function errorOf(
  status: number,
  text = '',
  about: CallAbout = {},
): NotDeliveredError | MaybeDeliveredError | HandlerFailedError {
  const meaning = meaningOf(status)
  switch (meaning.kind) {
    case 'not-delivered':
      return new NotDeliveredError(meaning.reason, about)
    case 'maybe-delivered':
      return new MaybeDeliveredError(meaning.reason)
    case 'handler-failed':
      return new HandlerFailedError(text)
  }
}

function adviceOf(reason: NotDeliveredReason, { service, server, isStream = false }: CallAbout = {}): string {
  const unnamed = isStream ? 'a call for a stream' : 'an address'
  const asked = service === undefined ? unnamed : `the service ${JSON.stringify(service)}`
  switch (reason) {
    case 'no-service':
      return `nobody serves ${JSON.stringify(service)} at ${server ?? 'the server'}; attach a program for it there, or send with whenDown: "wait".`
    case 'unknown-server':
      return `there is no server ${server ?? 'of that name'} in the ring; look at its members.`
    case 'old-version':
      return `${asked} is not understood at ${server ?? 'the own node'}: what runs there is of a version before ${isStream ? 'streams' : 'services'}; upgrade it.`
    default:
      return notDeliveredAdvice[reason]
  }
}

type FixedReason = Exclude<NotDeliveredReason, 'no-service' | 'unknown-server' | 'old-version'>

const notDeliveredAdvice: Readonly<Record<FixedReason, string>> = {
  'no-server': 'no server of this key is up and in sync; look at the state of the ring.',
  'queue-full': 'the destination has as many requests as it may have; slow down, or send with whenFull: "wait".',
  'no-program': 'the server has no program attached; start one there.',
  moved: 'the key is moving to another server and order could not be kept otherwise; send it again.',
  overdue: 'the deadline passed before it was started; send it again with a longer one.',
  cancelled: 'it was cancelled before it was started.',
  'no-link': 'there is no link to the server at this moment; send it again, or mark it idempotent.',
  'too-large': 'the key is longer than 1 024 bytes, or the body longer than 16 MiB; send less.',
  closing: 'the node or the program is stopping, or was expelled; attach to another node, or again.',
  'no-quorum':
    'the server sees no quorum of voters, and another side may serve this key; it ends when they see each other again.',
}

const maybeAdvice: Readonly<Record<MaybeDeliveredReason, string>> = {
  'link-lost': 'the link ended while it was out; send it again only if running twice does no harm.',
  'program-lost': 'the program ended while it had it; send it again only if running twice does no harm.',
  'overdue-running': 'the deadline passed while it was out; send it again only if running twice does no harm.',
  'cancelled-running': 'it was cancelled while it was out; it may have run to its end.',
  'answer-dropped':
    'the answer was dropped on its way, where too much waited to be sent; ask for less at a time, and again only if running twice does no harm.',
}

function codeOf(reason: string): string {
  return reason.replaceAll('-', '_').toUpperCase()
}
