import type { NodeName } from '@ring/platform'
import type { Call, CallBook, Start } from '../call-book.ts'

/** Order is judged again this long after a call in doubt, or after programs changed: deadlines are at most 5 s. */
const settledMs = 6_000

interface Started {
  readonly call: Call
  readonly start: Start
}

/**
 * K2: the calls of one program and key start in the order in which they were made; away from what the guarantees except: calls
 * that are idempotent, calls after one in doubt, and a server whose programs come and go.
 *
 * @param changedAt when programs of a server attached or left
 */
export function checkOrder(book: CallBook, changedAt: ReadonlyMap<NodeName, readonly number[]>): void {
  const doubts = new Map<string, number[]>()
  const lanes = new Map<string, Started[]>()
  for (const call of book.calls) {
    const lane = `${call.origin} ${call.key}`
    // Of a post that was in doubt nobody says which it was: those that never started may have been it.
    const isInDoubt = call.kind === 'post' ? call.starts.length === 0 : call.end?.outcome === 'may have been'
    if (isInDoubt) doubts.set(lane, [...(doubts.get(lane) ?? []), call.end?.atMs ?? call.beginMs])
    if (call.idempotent || call.kind === 'broadcast' || call.kind === 'replicate') continue
    const started = call.starts.map((start) => ({ call, start }))
    lanes.set(lane, [...(lanes.get(lane) ?? []), ...started])
  }
  for (const [lane, starts] of lanes) checkLane(book, starts, doubts.get(lane) ?? [], changedAt)
}

function checkLane(
  book: CallBook,
  starts: Started[],
  doubts: readonly number[],
  changedAt: ReadonlyMap<NodeName, readonly number[]>,
): void {
  starts.sort((one, other) => one.start.order - other.start.order)
  let last: Started | undefined
  for (const one of starts) {
    if (last && one.call.id < last.call.id) {
      const fromMs = one.call.beginMs - settledMs
      const toMs = one.start.atMs + (one.call.kind === 'post' ? settledMs : 0)
      const isExcepted =
        one.call.end?.outcome === 'may have been' || doubts.some((atMs) => atMs > fromMs && atMs < toMs)
      if (!isExcepted && !isUnsettled(last.start, one.start, changedAt))
        book.violated(
          'K2',
          `${book.word(one.call)} started at ${one.start.server} at ${one.start.atMs.toFixed(1)} ms, after the later ${book.word(last.call)} did at ${last.start.server} at ${last.start.atMs.toFixed(1)} ms`,
        )
    } else last = one
  }
}

/** Some keys change their program when one of a server's programs comes or goes. */
function isUnsettled(one: Start, other: Start, changedAt: ReadonlyMap<NodeName, readonly number[]>): boolean {
  if (one.server !== other.server || one.program === other.program) return false
  const atMs = other.atMs
  return (changedAt.get(other.server) ?? []).some((changeMs) => changeMs > atMs - settledMs && changeMs < atMs + 100)
}
