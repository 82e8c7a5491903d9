// Reads what the processes of a run left behind, and holds it against the promises.
import { existsSync, readFileSync } from 'node:fs'
import { checkEndings, checkOrder, checkPauses, checkPosts, Findings, unsettledOf } from './checks.mjs'
import { endingsOf, startsOf } from './records.mjs'

export function judged({ ring, faults, callers, isWhole }) {
  const findings = new Findings()
  const starts = readStarts(ring)
  const isUnsettled = unsettledOf(faults)
  const counts = new Map()
  let inOrder = 0
  for (const { client, unended, posts, made, wrong } of callers) {
    for (const one of wrong)
      findings.add(
        'an answer is of its call, under the name of who gave it',
        `client ${client}: ${JSON.stringify(one)}`,
      )
    const endings = [...endingsOf(ring.path(`endings-${client}`))]
    const startsOfCall = grouped(starts, client)
    if (unended > 0) findings.add('every call ends', `client ${client}: ${unended} of ${made} calls did not end`)
    checkEndings(client, endings, startsOfCall, findings)
    checkPosts(client, posts, startedPosts(endings, startsOfCall), findings)
    inOrder += checkOrder(client, endings, startsOfCall, isUnsettled, findings)
    count(counts, endings, posts)
  }
  const pauses = checkPauses(faults, viewsOf(ring), starts, findings)
  if (!isWhole)
    findings.add('the ring is whole again', 'not all nodes were ready with three servers within 30 s of the last fault')
  return {
    findings,
    counts,
    starts: starts.length,
    inOrder,
    pauses,
    made: callers.reduce((sum, { made }) => sum + made, 0),
  }
}

function readStarts(ring) {
  const paths = [0, 1, 2, 3].map((program) => ring.path(`starts-${program}`))
  return paths.filter((path) => existsSync(path)).flatMap((path) => [...startsOf(path)])
}

function grouped(starts, client) {
  const groups = new Map()
  for (const start of starts) {
    if (start.client !== client) continue
    const group = groups.get(start.call)
    if (group === undefined) groups.set(start.call, [start])
    else group.push(start)
  }
  return groups
}

function startedPosts(endings, startsOfCall) {
  let started = 0
  for (const { outcome, call } of endings) if (outcome === 'taken' && startsOfCall.has(call)) started++
  return started
}

/** Of each server: the views that any node logged, with whether it was in them. */
function viewsOf(ring) {
  const views = ring.servers
    .flatMap(({ log }) => readFileSync(log, 'utf8').split('\n'))
    .filter((line) => line.includes('"view.installed"'))
    .map((line) => JSON.parse(line))
    .map(({ time, members }) => ({ wallMs: Date.parse(time), members }))
    .sort((one, other) => one.wallMs - other.wallMs)
  return (index) => {
    const { name } = ring.servers[index]
    return views.map(({ wallMs, members }) => ({ wallMs, isIn: members.includes(name) }))
  }
}

function count(counts, endings, posts) {
  for (const { kind, outcome, reason } of endings) {
    if (kind === 'post') continue
    add(counts, kind, outcome, 1)
    if (reason !== '') add(counts, 'reasons', reason, 1)
  }
  const { handled, failed, notDelivered, maybeDelivered } = posts
  const told = {
    replied: handled,
    'handler failed': failed,
    'not delivered': notDelivered,
    'may have been': maybeDelivered,
  }
  for (const [outcome, number] of Object.entries(told)) add(counts, 'post', outcome, number)
}

function add(counts, row, column, number) {
  const all = counts.get(row) ?? {}
  all[column] = (all[column] ?? 0) + number
  counts.set(row, all)
}
