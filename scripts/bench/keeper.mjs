// One process of a measurement of merges: a server whose program keeps keys in memory, or a slave that asks.
import { performance } from 'node:perf_hooks'

/** The built package, with the types of its source: a checkout that is not built can be checked, too. */
const built = (path) => import(new URL(path, import.meta.url).href)
const { startNode } = /** @type {typeof import('../../apps/node/src/index.ts')} */ (
  await built('../../apps/node/dist/index.js')
)
const { dataService, placementOf, serveData } = /** @type {typeof import('../../packages/merge/src/index.ts')} */ (
  await built('../../packages/merge/dist/index.js')
)
const { MemoryStore } = /** @type {typeof import('../../packages/merge/src/memory-store.ts')} */ (
  await built('../../packages/merge/dist/memory-store.js')
)

let node
const store = new MemoryStore()
let client
let load

const orders = {
  async node({ configuration, ctlPort, serves }) {
    node = await startNode({ configuration, ctlPort })
    if (serves) {
      node.embed({ role: 'server', name: 'keeper' }).serve(({ key, body }) => {
        if (body.length > 0) store.set(key, body)
        return store.get(key) ?? ''
      })
      node.embed({ role: 'server', name: 'keeper data', service: dataService }).serve(serveData(store))
    } else client = node.embed({ role: 'client', name: 'asker' })
    await node.ready()
    return node.name
  },
  /** Straight into the store, as if it had always been there. */
  fill({ count, bytes, mine }) {
    const placement = placementOf(node.status.record)
    if (!placement) throw new Error('the ring has agreed on nothing yet')
    const routing = placement.table
    const place = routing.servers.indexOf(node.name)
    const owners = routing.owners.filter((_, at) => at % routing.width === 0)
    let kept = 0
    for (let at = 0; at < count; at++) {
      const key = `item ${at}`
      if (mine && owners[partitionOf(key, routing.partitions)] !== place) continue
      store.set(key, new Uint8Array(bytes).fill(at % 251))
      kept++
    }
    return kept
  },
  size: () => store.size,
  operate: (wanted) => node.operateService(wanted),
  /** Until a server's state is this one, and no merge is under way. */
  async until({ server, is }) {
    const startMs = performance.now()
    for (;;) {
      const { services = {}, merge } = placementOf(node.status.record) ?? {}
      if (!merge && (services[server]?.is ?? 'out') === is) return performance.now() - startMs
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
  },
  /** Whether nobody that takes part in the merge has anything to get but the last. */
  done() {
    const { services = {}, merge } = placementOf(node.status.record) ?? {}
    return merge !== undefined && Object.values(services).every(({ is }) => !is.endsWith('doing'))
  },
  /** Asks without end, and notes the longest round trips. */
  ask({ inFlight, keys }) {
    const body = new Uint8Array(100).fill(1)
    load = { isOver: false, count: 0, failed: [], longestMs: 0, sinceMs: performance.now(), loops: [] }
    const mine = load
    const loop = async (lane) => {
      for (let turn = lane; !mine.isOver; turn += inFlight) {
        const startMs = performance.now()
        try {
          await client.request(`asked ${turn % keys}`, body)
        } catch (error) {
          mine.failed.push(String(error))
        }
        mine.longestMs = Math.max(mine.longestMs, performance.now() - startMs)
        mine.count++
      }
    }
    mine.loops = Array.from({ length: inFlight }, (_, lane) => loop(lane))
  },
  /** What has been asked since the last look. */
  look() {
    const nowMs = performance.now()
    const { count, failed, longestMs, sinceMs } = load
    Object.assign(load, { count: 0, longestMs: 0, sinceMs: nowMs, failed: [] })
    return { perSecond: (count / (nowMs - sinceMs)) * 1_000, longestMs, failed }
  },
  async stopAsking() {
    load.isOver = true
    await Promise.all(load.loops)
  },
  memory() {
    globalThis.gc?.()
    return process.memoryUsage().rss
  },
  peak: () => process.resourceUsage().maxRSS * 1_024,
  end: () => node.stop(),
}

/** Ring's own hash, as docs/protocol.md has it. */
function partitionOf(key, partitions) {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(key)) hash = Math.imul(hash ^ byte, 0x01000193)
  hash ^= hash >>> 16
  hash = Math.imul(hash, 0x85ebca6b)
  hash ^= hash >>> 13
  hash = Math.imul(hash, 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) % partitions
}

process.on('message', async ({ id, order, given }) => {
  try {
    process.send?.({ id, value: await orders[order](given) })
  } catch (error) {
    process.send?.({ id, problem: error instanceof Error ? error.stack : String(error) })
  }
})
// The parent is gone: nobody asks any more.
process.on('disconnect', () => process.exit())
