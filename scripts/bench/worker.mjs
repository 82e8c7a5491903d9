// One process of a measurement: nodes, programs, and the loads that they make, as the parent asks for them.
import { performance } from 'node:perf_hooks'

/** The built package, with the types of its source: a checkout that is not built can be checked, too. */
const built = (path) => import(new URL(path, import.meta.url).href)
const { startNode } = /** @type {typeof import('../../apps/node/src/index.ts')} */ (
  await built('../../apps/node/dist/index.js')
)
const { attachProgram } = /** @type {typeof import('../../packages/messaging/src/index.ts')} */ (
  await built('../../packages/messaging/dist/index.js')
)

const nodes = []
const programs = []
let served = 0

const orders = {
  async node({ configuration, ctlPort, ctlPorts = [ctlPort] }) {
    for (const port of ctlPorts) nodes.push(await startNode({ configuration, ctlPort: port }))
    await Promise.all(nodes.map((node) => node.ready()))
    return nodes.map(({ settings }) => settings.runtimeDirectory)
  },
  embed({ role }) {
    for (const node of nodes) programs.push(prepared(node.embed({ role, name: 'bench' }), role))
  },
  async attach({ runtimeDirectory, role, count = 1 }) {
    for (let made = 0; made < count; made++) {
      const program = await attachProgram({ runtimeDirectory, role, name: `bench ${made}` })
      programs.push(prepared(program, role))
    }
  },
  /** A first answer to each program. */
  async reach() {
    await Promise.all(programs.map(reached))
  },
  async requests({ ms, total = Number.POSITIVE_INFINITY, inFlight, bytes = 128, trace, whenFull }) {
    const body = new Uint8Array(bytes).fill(7)
    const options = trace === undefined && whenFull === undefined ? undefined : { trace, whenFull }
    const endMs = performance.now() + (ms ?? Number.POSITIVE_INFINITY)
    // The clock costs a small message something; a large one must not wait for fifteen more, with fewer and fewer in flight.
    const between = bytes < 4_096 ? 16 : 1
    let left = total
    let count = 0
    const sender = async (program, key) => {
      while (performance.now() < endMs) {
        for (let turn = 0; turn < between && left > 0; turn++) {
          left--
          const reply = await program.request(key, body, options)
          if (reply.length !== bytes || reply[bytes - 1] !== 7) throw new Error('a reply was wrong')
          count++
        }
        if (left <= 0) return
      }
    }
    return timed(() =>
      Promise.all(
        programs.flatMap((program, at) => sendersOf(inFlight, (place) => sender(program, `k${at} ${place}`))),
      ),
    ).then((seconds) => ({ count, seconds }))
  },
  async posts({ ms, total = Number.POSITIVE_INFINITY, bytes = 100 }) {
    const [program] = programs
    const body = new Uint8Array(bytes).fill(7)
    const before = program.counters.posts
    const endMs = performance.now() + (ms ?? Number.POSITIVE_INFINITY)
    let left = total
    const seconds = await timed(async () => {
      while (left > 0 && performance.now() < endMs) {
        for (let turn = 0; turn < 64 && left > 0; turn++, left--)
          while (!program.post('key', body)) await program.room()
      }
      while (outOf(program.counters.posts) > 0) await new Promise((resolve) => setTimeout(resolve, 1))
    })
    const { handled, taken } = program.counters.posts
    return { count: handled - before.handled, taken: taken - before.taken, seconds }
  },
  served: () => served,
  attached: () => nodes.map((node) => node.status.programs.length),
  memory() {
    globalThis.gc?.()
    const { rss, heapUsed: heap, external } = process.memoryUsage()
    return { rss, heap, external }
  },
  /** The most that was ever resident, in bytes. */
  peak: () => process.resourceUsage().maxRSS * 1_024,
  cpu() {
    const { user, system } = process.cpuUsage()
    return user + system
  },
  async end() {
    await Promise.all(programs.map((program) => program.close({ drainMs: 500 })))
    for (const node of nodes) await node.stop()
  },
}

function prepared(program, role) {
  if (role === 'server') {
    program.serve((request) => {
      served++
      return request.oneWay ? undefined : request.body
    })
  }
  return program
}

async function reached(program) {
  for (let tries = 0; tries < 600; tries++) {
    try {
      await program.request('first', new Uint8Array(1), { deadlineMs: 2_000 })
      return
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  throw new Error('no server answered')
}

async function timed(work) {
  const startMs = performance.now()
  await work()
  return (performance.now() - startMs) / 1_000
}

const sendersOf = (count, send) => Array.from({ length: count }, (_, place) => send(place))
const outOf = ({ taken, handled, notDelivered, maybeDelivered, failed }) =>
  taken - handled - notDelivered - maybeDelivered - failed

process.on('message', async ({ id, order, given }) => {
  try {
    process.send?.({ id, value: await orders[order](given) })
  } catch (error) {
    process.send?.({ id, problem: error instanceof Error ? error.stack : String(error) })
  }
})
// The parent is gone: nobody asks any more.
process.on('disconnect', () => process.exit())
