// What it costs to operate a ring: control commands, servers that come, and data that moves with its keys.
import { performance } from 'node:perf_hooks'
import { temporaryRing, Worker } from './ring.mjs'
import { atLeast, atMost, median, mega, noGoal } from './row.mjs'

const { askControl } = /** @type {typeof import('../../packages/control-protocol/src/index.ts')} */ (
  await import(new URL('../../packages/control-protocol/dist/index.js', import.meta.url).href)
)

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const itemCount = 1_000_000
const itemBytes = 100
const commandCount = 200
const joinCount = 20

/** Servers whose programs keep keys, each in a process of its own, and a slave that asks. */
async function openKeepers(count, global) {
  const ring = await temporaryRing({ servers: count, global: { DOMERGE: 'yes', ...global } })
  const { configuration, places, slavePorts } = ring
  const workers = []
  const start = async (ctlPort, serves) => {
    const worker = new Worker('keeper.mjs')
    workers.unshift(worker)
    const name = await worker.ask('node', { configuration, ctlPort, serves })
    return { worker, name, ctlPort }
  }
  const close = async () => {
    for (const worker of workers) await worker.end()
    ring.remove()
  }
  return { start: (at) => start(places[at].ctlPort, true), slave: () => start(slavePorts[0], false), close }
}

/** From the connection to the end of the reply. */
async function commands({ ctlPort }) {
  const times = []
  for (let count = 0; count < commandCount; count++) {
    const startMs = performance.now()
    await askControl({ host: '127.0.0.1', port: ctlPort, command: 'ALLSTATUS', timeoutMs: 5_000 })
    times.push(performance.now() - startMs)
  }
  return {
    name: 'control command, ALLSTATUS of 3 servers',
    unit: 'ms',
    ...atMost(median(times), 1),
    note: `worst of ${commandCount}: ${Math.max(...times).toFixed(1)} ms`,
  }
}

/** SERVICEIN by AUTOMERGE, no data: until the ring has agreed that it serves. */
async function joins({ worker: lead }, { worker, name }) {
  const times = []
  for (let count = 0; count < joinCount; count++) {
    await lead.ask('operate', { do: 'service-out', server: name })
    await lead.ask('until', { server: name, is: 'out' })
    const startMs = performance.now()
    await worker.ask('operate', { do: 'service-in', server: name })
    await worker.ask('until', { server: name, is: 'in' })
    times.push(performance.now() - startMs)
  }
  return {
    name: `SERVICEIN to serving, AUTOMERGE, no data: slowest of ${joinCount}`,
    unit: 'ms',
    ...atMost(Math.max(...times), 100),
    note: `median ${median(times).toFixed(1)} ms`,
  }
}

async function emptyRing({ tell }) {
  const ring = await openKeepers(3, { AUTOMERGE: 'yes', REPLICA: 0 })
  try {
    tell('three servers')
    const servers = await Promise.all([0, 1, 2].map((at) => ring.start(at)))
    for (const { worker, name } of servers) await worker.ask('until', { server: name, is: 'in' })
    return [await commands(servers[0]), await joins(servers[0], servers[2])]
  } finally {
    await ring.close()
  }
}

/** A third server takes its share of a million items from two, while a slave goes on asking. */
async function largeMerge({ tell }) {
  const ring = await openKeepers(3, { AUTOMERGE: 'no', REPLICA: 0 })
  try {
    const [one, two] = await Promise.all([ring.start(0), ring.start(1)])
    const { worker: slave } = await ring.slave()
    for (const { worker, name } of [one, two]) await worker.ask('operate', { do: 'service-in', server: name })
    await one.worker.ask('operate', { do: 'merge' })
    await one.worker.ask('operate', { do: 'complete' })
    for (const { worker, name } of [one, two]) await worker.ask('until', { server: name, is: 'in' })
    tell(`${itemCount.toLocaleString('en')} items of ${itemBytes} B`)
    const filling = { count: itemCount, bytes: itemBytes, mine: true }
    const kept = await Promise.all([one, two].map(({ worker }) => worker.ask('fill', filling)))
    const third = await ring.start(2)
    await slave.ask('ask', { inFlight: 16, keys: 10_000 })
    await pause(2_000)
    await slave.ask('look')
    await pause(3_000)
    const before = await slave.ask('look')
    const servers = [one, two, third]
    const idle = await Promise.all(servers.map(({ worker }) => worker.ask('memory')))
    await third.worker.ask('operate', { do: 'service-in', server: third.name })
    tell('MERGE')
    await slave.ask('look')
    const startMs = performance.now()
    await one.worker.ask('operate', { do: 'merge' })
    await isDone(one)
    const seconds = (performance.now() - startMs) / 1_000
    const during = await slave.ask('look')
    tell('COMPMERGE')
    await one.worker.ask('operate', { do: 'complete' })
    await third.worker.ask('until', { server: third.name, is: 'in' })
    await pause(200)
    const fence = await slave.ask('look')
    await slave.ask('stopAsking')
    const moved = await third.worker.ask('size')
    const peaks = await Promise.all(servers.map(({ worker }) => worker.ask('peak')))
    // What the third has gained is its data, not the cost of moving it.
    const stored = (await third.worker.ask('memory')) - idle[2]
    const over = [peaks[0] - idle[0], peaks[1] - idle[1], peaks[2] - idle[2] - Math.max(0, stored)]
    const failed = [...during.failed, ...fence.failed]
    return [
      {
        name: `merge of ${itemCount.toLocaleString('en')} items, two servers to three`,
        unit: 'items/s',
        ...atLeast(moved / seconds, 150_000),
        note: `${moved} moved of ${kept[0] + kept[1]} in ${seconds.toFixed(2)} s`,
      },
      {
        name: 'round trips while it is copied',
        unit: 'of those before',
        ...atLeast(during.perSecond / before.perSecond, 0.5),
        note: `${Math.round(before.perSecond)}/s before, longest ${during.longestMs.toFixed(0)} ms`,
      },
      {
        name: 'its end: longest round trip',
        unit: 'ms',
        ...atMost(fence.longestMs, 50),
        note: `before ${before.longestMs.toFixed(0)} ms`,
      },
      { name: 'requests that failed', unit: '', ...atMost(failed.length, 0), note: failed[0] ?? '' },
      ...['giver', 'giver', 'gainer (over its data)'].map((role, at) => ({
        name: `${role}: peak over idle`,
        unit: 'MB RSS',
        ...(at < 3 ? atMost(over[at] / 1_048_576, 64) : noGoal(0)),
        note: `idle ${mega(idle[at])} MB`,
      })),
    ]
  } finally {
    await ring.close()
  }
}

async function isDone({ worker, name }) {
  while (!(await worker.ask('done', { server: name }))) await pause(5)
}

export async function operateCase(context) {
  return [...(await emptyRing(context)), ...(await largeMerge(context))]
}
