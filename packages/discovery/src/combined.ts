import { aFunction, checkArgument, listOf, type NodeName, type Peer, type Timer } from '@ring/platform'
import { type Answer, type DiscoveryMessage, newerAnswer } from './core/answer.ts'
import type { Discovery, DiscoveryProtocol, DiscoveryQuery, DiscoverySurroundings } from './discovery.ts'
import { answerByLink } from './tcpping/link-asking.ts'

/** Several protocols at once: who is found by any of them is found. */
export function combined(protocols: readonly DiscoveryProtocol[]): DiscoveryProtocol {
  checkArgument('combined()', 'the argument', protocols, listOf(aFunction))
  return (surroundings) => new CombinedDiscovery(surroundings, protocols)
}

class CombinedDiscovery implements Discovery {
  readonly #surroundings: DiscoverySurroundings
  readonly #parts: readonly Discovery[]
  #stopped = false
  #run = 0
  #timer: Timer | undefined
  #found: ((answers: readonly Answer[]) => void) | undefined
  #answers = new Map<NodeName, Answer>()

  constructor(surroundings: DiscoverySurroundings, protocols: readonly DiscoveryProtocol[]) {
    this.#surroundings = surroundings
    this.#parts = protocols.map((protocol) => protocol(surroundings))
  }

  find(query: DiscoveryQuery, found: (answers: readonly Answer[]) => void): void {
    if (this.#stopped) return
    this.#begin(found)
    const run = this.#run
    const { timeoutMs, firstMemberIsEnough } = query
    this.#timer = this.#surroundings.clock.after(timeoutMs, () => this.#end())
    const open = new Set(this.#parts)
    for (const part of this.#parts) {
      part.find(query, (answers) => {
        if (run !== this.#run) return
        open.delete(part)
        for (const answer of answers) this.#take(answer)
        const isEnough = firstMemberIsEnough && answers.some(({ standing }) => standing.kind === 'member')
        if (isEnough || open.size === 0) this.#end()
      })
      if (run !== this.#run) return
    }
    if (this.#parts.length === 0) this.#end()
  }

  onMessage(from: Peer, message: DiscoveryMessage): void {
    if (this.#stopped) return
    // Answered once, whoever asked by whatever protocol.
    if (message.type === 'discovery.get-mbrs-req') return answerByLink(this.#surroundings, from, message.run)
    for (const part of this.#parts) part.onMessage(from, message)
  }

  stop(): void {
    this.#stopped = true
    this.#found = undefined
    this.#end()
    for (const part of this.#parts) part.stop()
  }

  #begin(found: (answers: readonly Answer[]) => void): void {
    this.#timer?.cancel()
    this.#run += 1
    this.#found = found
    this.#answers = new Map()
  }

  #take(answer: Answer): void {
    const before = this.#answers.get(answer.name)
    this.#answers.set(answer.name, before ? newerAnswer(answer, before) : answer)
  }

  #end(): void {
    this.#run += 1
    this.#timer?.cancel()
    const found = this.#found
    this.#found = undefined
    found?.([...this.#answers.values()])
  }
}
