/**
 * A server of a ring with a program that keeps keys, in one process: whoever ends it ends all that it held. Its parent says when the
 * reading of its data is held back, so that a merge stays where it is for as long as a test looks at it.
 */
import { type DataStore, dataService, type ReadAnswer, type ReadRequest, serveData } from '@ring/merge'
import { MemoryStore } from '@ring/merge/memory-store'
import { silent, startNode } from '../index.ts'

/** What its parent tells a keeper, and what it tells its parent. */
export type KeeperOrder = 'hold-copying' | 'hold-closed' | 'go-on'
export type KeeperNews = 'ready' | 'holds'

/** Small answers, so that there is always more to be read than the first one. */
const readBytes = 2_000

/** A store whose reads wait: from the second of a merge on, or once keys are closed. */
class HeldStore implements DataStore {
  readonly memory = new MemoryStore()
  #order: KeeperOrder = 'go-on'
  #reads = 0
  #isClosed = false
  #waiting: (() => void)[] = []

  order(order: KeeperOrder): void {
    this.#order = order
    this.#reads = 0
    if (order !== 'go-on') return
    for (const go of this.#waiting.splice(0)) go()
  }

  async read(request: ReadRequest): Promise<ReadAnswer> {
    this.#reads++
    const isHeld =
      (this.#order === 'hold-copying' && this.#reads > 1) || (this.#order === 'hold-closed' && this.#isClosed)
    if (isHeld) {
      tell('holds')
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
    return this.memory.read({ ...request, maxBytes: Math.min(request.maxBytes, readBytes) })
  }

  begin(...args: Parameters<MemoryStore['begin']>): void {
    this.memory.begin(...args)
  }

  write(...args: Parameters<MemoryStore['write']>): void {
    this.memory.write(...args)
  }

  close(...args: Parameters<MemoryStore['close']>): void {
    this.#isClosed = true
    this.memory.close(...args)
  }

  open(...args: Parameters<MemoryStore['open']>): void {
    this.#isClosed = false
    this.memory.open(...args)
  }

  commit(...args: Parameters<MemoryStore['commit']>): void {
    this.#isClosed = false
    this.memory.commit(...args)
  }

  abort(...args: Parameters<MemoryStore['abort']>): void {
    this.#isClosed = false
    this.memory.abort(...args)
  }
}

function tell(news: KeeperNews): void {
  process.send?.(news)
}

const [configuration, ctlPort] = process.argv.slice(2)
const store = new HeldStore()
process.on('message', (order: KeeperOrder) => store.order(order))
process.on('disconnect', () => process.exit(0))
const node = await startNode({ configuration: configuration!, ctlPort: Number(ctlPort), logger: silent })
node.embed({ role: 'server', name: 'keeper data', service: dataService }).serve(serveData(store))
node.embed({ role: 'server', name: 'keeper' }).serve(({ key, body }) => {
  if (body.length > 0) store.memory.set(key, body)
  return store.memory.get(key) ?? ''
})
await node.ready()
tell('ready')
