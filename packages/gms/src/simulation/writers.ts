import { below } from '@ring/platform'
import type { SimulatedNode, World } from '@ring/testkit'
import type { OperationResult } from '../core/deciding/operation.ts'
import { tokensOf } from './ledger-part.ts'
import type { SimulatedGroup, SimulatedMember } from './simulated-group.ts'

interface Written {
  readonly token: string
  readonly results: OperationResult[]
  /** Of a process that crashed nobody hears how it ended. */
  tries: number
}

/** Somebody at every node writes into the ledger of the group all the time, and tries again what ends without an answer. */
export class Writers {
  readonly #world: World
  readonly #group: SimulatedGroup
  readonly #written = new Map<string, Written>()

  constructor(world: World, group: SimulatedGroup) {
    this.#world = world
    this.#group = group
  }

  /** @returns when nobody begins any more */
  write(count: number, forMs: number): void {
    const random = this.#world.random.fork('writers')
    const nodes = [...this.#group.servers, ...this.#group.slaves]
    for (let at = 0; at < count; at++) {
      const token = `t${at}`
      this.#world.at(this.#world.nowMs + below(random, forMs), () => {
        this.#written.set(token, { token, results: [], tries: 0 })
        this.#try(token, nodes[below(random, nodes.length)]!, 1_000 + below(random, 4_000), nodes)
      })
    }
  }

  /** How many were answered with their outcome. */
  get done(): number {
    return [...this.#written.values()].filter(({ results }) => results.at(-1)?.kind === 'done').length
  }

  /** What is wrong with the ledger that all agree on now. @param keepsAll whether what was answered can never be lost */
  faults(keepsAll: boolean): readonly string[] {
    const tokens = tokensOf(this.#group.running[0]?.membership.record?.state)
    const faults = tokens.filter((token, at) => tokens.indexOf(token) !== at).map((token) => `S2: ${token} twice`)
    for (const { token, results, tries } of this.#written.values()) {
      const done = results.filter((result) => result.kind === 'done')
      const places = new Set(done.map(({ outcome }) => JSON.stringify(outcome)))
      if (keepsAll && places.size > 1) faults.push(`S2: ${token} was answered ${[...places].join(' and ')}`)
      if (keepsAll && done.length > 0 && !tokens.includes(token)) faults.push(`R6: ${token} was answered and is lost`)
      const mayBe = results.length < tries || results.some(mayHaveHappened)
      if (!mayBe && tokens.includes(token))
        faults.push(`${token} "did not happen", and is there: ${JSON.stringify(results)}`)
    }
    return faults
  }

  /** By another node the second time, as a user would after an error. */
  #try(token: string, node: SimulatedNode<SimulatedMember>, timeoutMs: number, nodes: readonly (typeof node)[]): void {
    const written = this.#written.get(token)!
    if (!node.isUp || node.isPaused) return
    written.tries++
    const ended = (result: OperationResult): void => {
      written.results.push(result)
      this.#world.note(`${node.name} ${token}: ${JSON.stringify(result)}`)
      if (result.kind === 'done' || written.tries >= 4) return
      const next = nodes[(nodes.indexOf(node) + 1) % nodes.length]!
      this.#world.after(50, () => this.#try(token, next, timeoutMs, nodes))
    }
    const { membership } = node.process!
    membership.propose({ id: `op-${token}`, part: 'ledger', body: { token } }, ended, timeoutMs)
  }
}

function mayHaveHappened(result: OperationResult): boolean {
  if (result.kind === 'timed-out' || result.kind === 'no-quorum') return result.mayHaveHappened
  return result.kind === 'done' || (result.kind === 'refused' && result.mayHaveHappened === true)
}
