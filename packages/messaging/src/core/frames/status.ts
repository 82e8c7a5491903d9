/** Why an exchange ended without a reply (docs/protocol.md, section 3.4). */
export const Status = {
  noServer: 1,
  queueFull: 2,
  noProgram: 3,
  moved: 4,
  overdue: 5,
  cancelled: 6,
  noLink: 7,
  tooLarge: 8,
  closing: 9,
  noQuorum: 10,
  noService: 11,
  unknownServer: 12,
  oldVersion: 13,
  linkLost: 32,
  programLost: 33,
  overdueRunning: 34,
  cancelledRunning: 35,
  handlerFailed: 36,
  answerDropped: 37,
} as const

export type NotDeliveredReason =
  | 'no-server'
  | 'queue-full'
  | 'no-program'
  | 'moved'
  | 'overdue'
  | 'cancelled'
  | 'no-link'
  | 'too-large'
  | 'closing'
  | 'no-quorum'
  | 'no-service'
  | 'unknown-server'
  | 'old-version'

export type MaybeDeliveredReason =
  | 'link-lost'
  | 'program-lost'
  | 'overdue-running'
  | 'cancelled-running'
  | 'answer-dropped'

/** What a status means for the caller. */
export type StatusMeaning =
  | { readonly kind: 'not-delivered'; readonly reason: NotDeliveredReason }
  | { readonly kind: 'maybe-delivered'; readonly reason: MaybeDeliveredReason }
  | { readonly kind: 'handler-failed' }

const notDelivered: Readonly<Record<number, NotDeliveredReason>> = {
  1: 'no-server',
  2: 'queue-full',
  3: 'no-program',
  4: 'moved',
  5: 'overdue',
  6: 'cancelled',
  7: 'no-link',
  8: 'too-large',
  9: 'closing',
  10: 'no-quorum',
  11: 'no-service',
  12: 'unknown-server',
  13: 'old-version',
}

const maybeDelivered: Readonly<Record<number, MaybeDeliveredReason>> = {
  32: 'link-lost',
  33: 'program-lost',
  34: 'overdue-running',
  35: 'cancelled-running',
  37: 'answer-dropped',
}

const absences: ReadonlySet<NotDeliveredReason> = new Set([
  'no-server',
  'no-program',
  'no-link',
  'closing',
  'no-quorum',
  'no-service',
  'unknown-server',
  'old-version',
])

/** Below this the request certainly did not reach a handler. */
export const firstMaybeDelivered = 32

/** A status of a newer version keeps the meaning of its range: what cannot be known is "may have been delivered". */
export function meaningOf(status: number): StatusMeaning {
  if (status === Status.handlerFailed) return { kind: 'handler-failed' }
  if (status < firstMaybeDelivered) return { kind: 'not-delivered', reason: notDelivered[status] ?? 'closing' }
  return { kind: 'maybe-delivered', reason: maybeDelivered[status] ?? 'link-lost' }
}

/**
 * Whether a status says that there is nobody to take a request at this moment, though there may be soon. One of a newer
 * version, below 32, counts as such: it is told as `closing`.
 */
export function saysNobodyIsThere(status: number): boolean {
  const meaning = meaningOf(status)
  return meaning.kind === 'not-delivered' && absences.has(meaning.reason)
}
