// What the records of a run must satisfy, by the rules of docs/guarantees.md.
import { flag } from './records.mjs'

/** A clock is read before the call and after its end, so no deadline may look shorter; this is for rounding. */
const roundingMs = 1
/** Views are logged a moment after they hold. */
const logSlackMs = 100
/** Order is judged again this long after a call in doubt, or after programs changed: deadlines are at most 3 s. */
const settledMs = 6_000
export const detectMs = 1_000

/** Problems by the promise that they break; each a line to read. */
export class Findings {
  found = new Map()

  add(promise, text) {
    const all = this.found.get(promise) ?? { count: 0, first: [] }
    all.count++
    if (all.first.length < 8) all.first.push(text)
    this.found.set(promise, all)
  }
}

/** Posts have keys of their own. */
const isPost = (key) => key >= 1_000
const isFanOut = ({ kind }) => kind === 'broadcast' || kind === 'replicate'
const wordOf = (client, ending) =>
  `client ${client} call ${ending.call} (${ending.kind}, key ${ending.key}, flags ${ending.flags}, deadline ${ending.deadlineMs} ms): ${ending.outcome} ${ending.reason} after ${(ending.endMs - ending.startMs).toFixed(1)} ms`

/** K1: each call against the handlers that ran for it. */
export function checkEndings(client, endings, startsOfCall, findings) {
  for (const ending of endings) {
    if (ending.outcome === 'post may have been') continue
    const starts = startsOfCall.get(ending.call) ?? []
    const ran = starts.map(
      ({ server, machineMs }) => `server ${server} at +${(machineMs - ending.startMs).toFixed(1)} ms`,
    )
    const text = `${wordOf(client, ending)}; ran: ${ran.join(', ') || 'nowhere'}`
    if (ending.outcome === 'wrong answer' || ending.outcome === 'unknown error')
      findings.add('an answer is of its call, under the name of who gave it', text)
    if (ending.flags & flag.overdue && ending.endMs - ending.startMs < ending.deadlineMs - roundingMs)
      findings.add('no deadline ends early', text)
    if (ending.outcome === 'not delivered' && starts.length > 0) findings.add('"not delivered" ran nowhere', text)
    if (
      (ending.outcome === 'replied' || ending.outcome === 'handler failed') &&
      !isFanOut(ending) &&
      starts.length === 0
    )
      findings.add('an answer comes from a handler', text)
    if (!(ending.flags & flag.idempotent) && hasRunTwice(ending, starts)) findings.add('at most once', text)
    if (isFanOut(ending)) checkFanOut(ending, starts, text, findings)
  }
}

function hasRunTwice(ending, starts) {
  const places = isFanOut(ending) ? new Set(starts.map(({ server }) => server)).size : 1
  return starts.length > places && starts.length > 1
}

function checkFanOut({ notDelivered, ran }, starts, text, findings) {
  for (const { server } of starts)
    if (notDelivered & (1 << server)) findings.add('"not delivered" ran nowhere', `${text}; said of server ${server}`)
  for (let server = 0; server < 3; server++)
    if (ran & (1 << server) && !starts.some((start) => start.server === server))
      findings.add('an answer comes from a handler', `${text}; said of server ${server}`)
}

/** K1 for posts, of which only numbers are told. */
export function checkPosts(client, posts, ran, findings) {
  const { taken, handled, failed, notDelivered } = posts
  if (ran < handled + failed || ran > taken - notDelivered)
    findings.add('posts are counted by what became of them', `client ${client}: ${ran} ran, ${JSON.stringify(posts)}`)
}

/** K2: one sender, one key, one order; away from what the guarantees except. */
export function checkOrder(client, endings, startsOfCall, isUnsettled, findings) {
  const byKey = new Map()
  const doubts = new Map()
  const doubt = (key, atMs) => doubts.set(key, [...(doubts.get(key) ?? []), atMs])
  for (const ending of endings) {
    if (ending.outcome === 'post may have been') {
      doubt('posts', ending.endMs)
      continue
    }
    if (ending.outcome === 'may have been') doubt(ending.key, ending.endMs)
    if (isFanOut(ending) || ending.flags & flag.idempotent) continue
    for (const start of startsOfCall.get(ending.call) ?? []) {
      const key = byKey.get(ending.key) ?? []
      key.push({ ...start, ending })
      byKey.set(ending.key, key)
    }
  }
  let judged = 0
  for (const [key, starts] of byKey) {
    starts.sort((one, other) => one.machineMs - other.machineMs)
    const times = doubts.get(isPost(key) ? 'posts' : key) ?? []
    let last
    for (const start of starts) {
      judged++
      if (last !== undefined && start.call < last.call) {
        const fromMs = start.ending.startMs - settledMs
        // Of posts it is told late, and of which is not.
        const toMs = start.machineMs + (isPost(key) ? settledMs : 0)
        const inDoubt = start.ending.outcome === 'may have been' || times.some((atMs) => atMs > fromMs && atMs < toMs)
        if (!inDoubt && !isUnsettled(last, start)) {
          const text = `${wordOf(client, start.ending)} started at server ${start.server} program ${start.program}, ${(start.machineMs - last.machineMs).toFixed(2)} ms after call ${last.call} at server ${last.server} program ${last.program} (made ${(last.ending.startMs - start.ending.startMs).toFixed(1)} ms later; ${wordOf(client, last.ending)})`
          findings.add('order of one sender and key', text)
        }
      } else last = start
    }
  }
  return judged
}

/** Order is not promised while a program attaches to or leaves the one server that has two of them. */
export function unsettledOf(faults) {
  const changes = faults.filter(({ label }) => /^(node 0|program [01] )/.test(label))
  return (one, other) => {
    if (one.server !== 0 || other.server !== 0 || one.program === other.program) return false
    const atMs = other.machineMs
    return changes.some(({ fromMs, toMs }) => atMs > fromMs - 100 && atMs < toMs + settledMs)
  }
}

/** M3: who was stopped, and was expelled meanwhile, starts nothing before it is in a view again. */
export function checkPauses(faults, viewsOf, starts, findings) {
  let judged = 0
  const long = faults.filter(
    ({ stopped, node, fromWallMs, toWallMs }) => stopped && node < 3 && toWallMs - fromWallMs > detectMs,
  )
  for (const { node, fromWallMs, toWallMs } of long) {
    const { expelledAt, backAt } = absenceOf(viewsOf(node), fromWallMs, toWallMs)
    if (expelledAt === undefined) continue
    judged++
    for (const start of starts) {
      if (start.server !== node || start.wallMs <= toWallMs || start.wallMs >= backAt - logSlackMs) continue
      const text = `server ${node}, stopped for ${toWallMs - fromWallMs} ms and expelled, ran call ${start.call} of client ${start.client} ${start.wallMs - toWallMs} ms after it went on, ${backAt - start.wallMs} ms before it was in a view again`
      findings.add('who was expelled while stopped starts nothing', text)
    }
  }
  return judged
}

/** When somebody installed a view without the server, while it was stopped, and when the first with it came after that. */
function absenceOf(views, fromMs, toMs) {
  const expelled = views.find(({ wallMs, isIn }) => !isIn && wallMs > fromMs && wallMs < toMs)
  if (expelled === undefined) return {}
  const back = views.find(({ wallMs, isIn }) => isIn && wallMs >= toMs)
  return { expelledAt: expelled.wallMs, backAt: back?.wallMs ?? Number.POSITIVE_INFINITY }
}
