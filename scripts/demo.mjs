// npm run demo: a ring under load on this machine; a server is killed, comes back, another one hangs and wakes. What each
// of the others sees is printed with its time, and at the end what became of every request.
import { performance } from 'node:perf_hooks'
import { buildApps } from './build-apps.mjs'
import { bad, bold, dim, fetchText, good, LocalRing, say, servers, slave } from './local-ring.mjs'
import { ready } from './ready.mjs'

const loadSeconds = 24
const pollMs = 20

ready()
buildApps()
const ring = new LocalRing()
await ring.start()
ring.toleratesEnds = true

say()
say(bold(`Keyed requests through the slave for ${loadSeconds} s, 16 at a time; meanwhile things break`))
const sinceMs = performance.now()
const clock = () => `${((performance.now() - sinceMs) / 1000).toFixed(2).padStart(6)} s`
const note = (text) => say(`${dim(clock())}  ${text}`)
const load = ring.load(['--in-flight', '16', '--size', '128', '--duration', `${loadSeconds}s`, '--json'], 'pipe')

/** What the slave sees now: how many servers, and since when that is so. */
async function seen() {
  const { status, body } = await fetchText(slave.http, '/readyz')
  return status === 200 ? JSON.parse(body).members.length : 0
}

/** Waits until the slave sees that many servers, and says how long it took. */
async function untilSeen(count, what) {
  const fromMs = performance.now()
  while ((await seen()) !== count) {
    if (ring.isEnding) return
    await new Promise((resolve) => setTimeout(resolve, pollMs))
  }
  const tookMs = performance.now() - fromMs
  const took = tookMs < 1000 ? `${Math.round(tookMs)} ms` : `${(tookMs / 1000).toFixed(1)} s`
  note(`${good(`the slave sees ${count} servers`)}: ${what} ${dim(`after ${took}`)}`)
}

const until = (second) =>
  new Promise((resolve) => setTimeout(resolve, Math.max(0, second * 1000 - (performance.now() - sinceMs))))
const [, killed, hung] = servers

await until(2)
note(bad(`kill -9 ${killed.label}`))
killed.child.kill('SIGKILL')
await untilSeen(2, 'the third is gone')
await until(6)
note(bold(`${killed.label} starts again`))
ring.startNode(killed)
await untilSeen(3, 'it joined at the end of the view, its program attached again')
await until(11)
note(bad(`${hung.label} hangs (SIGSTOP)`))
hung.child.kill('SIGSTOP')
await untilSeen(2, 'it gave no sign of life')
await until(17)
note(bold(`${hung.label} wakes (SIGCONT)`))
hung.child.kill('SIGCONT')
await untilSeen(3, 'it learned that it had been expelled, and came back as a new life')

const { code, printed } = await load
if (!ring.isEnding) report(JSON.parse(printed))
await ring.end(code)

function report({ requests, slowestFailureMicros, latencyMicros }) {
  const count = (number) => number.toLocaleString('en')
  const { sent, replied, notDelivered, maybeDelivered, failed, wrong } = requests
  say()
  say(bold('Every request ended, once'))
  say(
    `  ${count(sent)} sent = ${count(replied)} replied + ${count(notDelivered)} "not delivered" + ${count(maybeDelivered)} "may have been delivered" + ${count(failed)} failed`,
  )
  say(
    `  ${count(wrong)} wrong replies; latency p50 ${latencyMicros.p50} us, p99 ${latencyMicros.p99} us; the worst failure was told after ${(slowestFailureMicros / 1e6).toFixed(1)} s`,
  )
}
