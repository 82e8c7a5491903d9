// A ring to try the tool on: simulated nodes with real control ports, some traffic, and a merge that gets on.
// usage: node --conditions=@ring/source --import tsx apps/linetool/bench/served-ring.ts [FIRSTPORT]
import { ServedRing } from '../src/e2e/served-ring.testdata.ts'

const tickMs = 500
const firstPort = Number(process.argv[2] ?? 18_021)
const { ring, labels } = await ServedRing.open({ servers: 4, slaves: 2, firstPort, changedMs: Date.now() - 300_000 })
const [first, , , newcomer] = labels as [string, string, string, string]
ring.state(newcomer, { action: 'add', progress: 'doing' })
let ticks = 0

function tick(): void {
  ticks++
  for (const [place, label] of labels.entries()) {
    const wave = 1 + 0.5 * Math.sin(ticks / 6 + place)
    const requestsPerSecond = place === 3 ? 0 : Math.round(8_000 * wave)
    const queues = [{ name: 'accounts', depth: Math.round(40 * wave), capacity: 256 }]
    const relay = {
      requestsPerSecond,
      repliesPerSecond: requestsPerSecond,
      bytesPerSecond: requestsPerSecond * 640,
      queues,
    }
    ring.insight(label, { relay })
  }
  const items = Math.min(1_000_000, ticks * 12_000)
  const left = 1_000_000 - items
  const progress = {
    server: newcomer,
    items,
    bytes: items * 100,
    itemsLeft: left,
    bytesLeft: left * 100,
    secondsLeft: left / 24_000,
  }
  ring.insight(undefined, {
    merge: { id: '4f1c', phase: 'DOING', startedBy: first, waitingFor: [], progress: [progress] },
  })
}

tick()
setInterval(tick, tickMs)
console.log(`ring-linetool --host ${first}`)
