// How long `nodes` and `check` take over a ring of a hundred nodes, whose control ports are in a process of their own.
// usage: node --conditions=@ring/source --import tsx apps/linetool/bench/hundred-nodes.ts [NODES] [RUNS]
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { systemClock } from '@ring/transport'
import { checkRing } from '../src/core/check/check.ts'
import { checkText } from '../src/core/render/check-text.ts'
import { nodesText } from '../src/core/render/ring-text.ts'
import { plainView } from '../src/core/render/view.ts'
import { seedOf } from '../src/core/ring/simulated-ring.testdata.ts'
import { ServedRing } from '../src/e2e/served-ring.testdata.ts'
import { RingAccess } from '../src/session/ring-access.ts'
import { TcpControlPort } from '../src/shell/tcp-control-port.ts'

const [count = 100, runs = 7] = process.argv.slice(2).map(Number)
const signal = new AbortController().signal

async function serve(): Promise<void> {
  // Blocks of ports have fifty.
  const ring = await ServedRing.open({ servers: count - 10, slaves: 10, firstPort: 20_000 + (process.pid % 100) * 100 })
  process.send?.(ring.labels[0])
  process.on('disconnect', () => process.exit(0))
  setInterval(() => undefined, 60_000)
}

/** Milliseconds of each run, the middle one first of all that is printed. */
async function measured(name: string, work: () => Promise<number>): Promise<void> {
  const times: number[] = []
  let size = 0
  for (let run = 0; run < runs; run++) {
    const startMs = performance.now()
    size = await work()
    times.push(performance.now() - startMs)
  }
  const sorted = times.toSorted((one, other) => one - other)
  const [least, middle, most] = [sorted[0]!, sorted[runs >> 1]!, sorted.at(-1)!]
  console.log(
    `${name.padEnd(8)} ${count} nodes  ${middle.toFixed(0)} ms (${least.toFixed(0)} to ${most.toFixed(0)}, first ${times[0]!.toFixed(0)}), ${size} characters`,
  )
}

async function measure(): Promise<void> {
  const child = fork(import.meta.filename, process.argv.slice(2), { env: { ...process.env, RING_SERVE: '1' } })
  const [label] = (await once(child, 'message')) as [string]
  const access = () =>
    new RingAccess({
      ...{ port: new TcpControlPort({}), clock: systemClock, parallel: 32, group: undefined },
      seeds: () => Promise.resolve([seedOf(label)]),
    })
  const look = () => access().look({ timeoutMs: 5_000, signal })
  await measured('nodes', async () => {
    const picture = await look()
    return nodesText(picture.nodes, picture, plainView).length
  })
  await measured('check', async () => {
    const picture = await look()
    return checkText(picture, checkRing(picture), plainView).length
  })
  child.disconnect()
}

await (process.env['RING_SERVE'] === undefined ? measure() : serve())
