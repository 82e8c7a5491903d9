import { dataService, serveData } from '@ring/merge'
import { MemoryStore } from '@ring/merge/memory-store'
import type { Program } from '@ring/messaging'
import { type Clock, type Random, unit } from '@ring/platform'
import type { NodeCore } from '../../running/node-core.ts'

/** How a handler answers: so that what is under way when a key closes takes its time. */
const slowest = 120

/** The keyed program of a server and its data, for as long as both live. A write of a lower number than there is does nothing. */
export class Keeper {
  readonly store = new MemoryStore()
  readonly #programs: readonly Program[]

  constructor(core: NodeCore, name: string, { clock, random }: { readonly clock: Clock; readonly random: Random }) {
    const keeper = core.embed({ role: 'server', name })
    const later = (ms: number) => new Promise<void>((resolve) => clock.after(ms, resolve))
    keeper.serve(async ({ key, body }) => {
      if (unit(random) < 0.2) await later(unit(random) * slowest)
      const number = body.length > 0 ? numberOf(body) : 0
      if (number > this.numberOf(key)) this.store.set(key, body)
      return `${this.numberOf(key)}`
    })
    const data = core.embed({ role: 'server', name: `${name} data`, service: dataService })
    const serve = serveData(this.store)
    data.serve(async (request) => {
      if (unit(random) < 0.1) await later(unit(random) * slowest)
      return serve(request)
    })
    this.#programs = [keeper, data]
  }

  /** What it has of a key; 0 for nothing. */
  numberOf(key: string | Uint8Array): number {
    const value = this.store.get(key)
    return value ? numberOf(value) : 0
  }

  /** Its process ends, and all that it had is gone. */
  async end(): Promise<void> {
    await Promise.all(this.#programs.map((program) => program.close({ drainMs: 0 })))
  }
}

export function numberOf(bytes: Uint8Array): number {
  return Number(new TextDecoder().decode(bytes))
}
