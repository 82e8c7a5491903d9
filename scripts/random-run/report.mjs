// The outcome of a run, as a table or as JSON.
import { kinds } from './records.mjs'

const columns = ['replied', 'handler failed', 'not delivered', 'may have been']
const number = (value) => value.toLocaleString('en')
const say = (text = '') => process.stdout.write(`${text}\n`)

export function report(result) {
  if (result.json) say(JSON.stringify(asJson(result)))
  else table(result)
}

function asJson({ seed, made, seconds, starts, counts, faults, findings, inOrder, pauses }) {
  const struck = Object.fromEntries(faultCounts(faults))
  const broken = Object.fromEntries(findings.found)
  return {
    seed,
    calls: made,
    seconds,
    starts,
    inOrder,
    pauses,
    counts: Object.fromEntries(counts),
    faults: struck,
    broken,
  }
}

function table({ seed, made, seconds, starts, counts, faults, findings, inOrder, pauses }) {
  say(`${''.padEnd(12)}${columns.map((name) => name.padStart(16)).join('')}`)
  for (const kind of kinds) {
    const row = counts.get(kind) ?? {}
    say(`${kind.padEnd(12)}${columns.map((name) => number(row[name] ?? 0).padStart(16)).join('')}`)
  }
  const listed = (entries) => entries.map(([name, value]) => `${name} ${number(value)}`).join(', ')
  say(`\nreasons   ${listed(Object.entries(counts.get('reasons') ?? {}))}`)
  say(`faults    ${listed([...faultCounts(faults)])}`)
  say(
    `checked   ${number(made)} calls in ${seconds.toFixed(0)} s, ${number(starts)} handler starts, ${number(inOrder)} of them for order; ${pauses} expulsions of stopped servers`,
  )
  for (const [promise, { count, first }] of findings.found) {
    say(`\nBROKEN, ${number(count)} times: ${promise}`)
    for (const line of first) say(`  ${line}`)
  }
  say(findings.found.size === 0 ? `\nevery promise was kept (seed ${seed})` : `\nBROKEN by seed ${seed}`)
}

function faultCounts(faults) {
  const counts = new Map()
  for (const { kind } of faults) counts.set(kind, (counts.get(kind) ?? 0) + 1)
  return counts
}
