import type { Address, Core, DialOutcome, NodeName, Peer } from '@ring/platform'
import type { Answer, DiscoveryMessage } from './answer.ts'

export type TcppingEvent =
  | {
      readonly type: 'find'
      readonly addresses: readonly Address[]
      readonly timeoutMs: number
      /** Whether the first answer of a member is enough: it names the coordinator. */
      readonly firstMemberIsEnough: boolean
    }
  | { readonly type: 'dialled'; readonly address: Address; readonly outcome: DialOutcome }
  | { readonly type: 'message'; readonly from: Peer; readonly message: DiscoveryMessage }
  | { readonly type: 'tick' }
  | { readonly type: 'stop' }

export type TcppingEffect =
  | { readonly type: 'dial'; readonly address: Address; readonly timeoutMs: number }
  | { readonly type: 'learn-address'; readonly name: NodeName; readonly address: Address }
  | { readonly type: 'send'; readonly to: NodeName; readonly message: DiscoveryMessage }
  | { readonly type: 'found'; readonly answers: readonly Answer[] }

interface Run {
  readonly firstMemberIsEnough: boolean
  readonly endsMs: number
  /** When those that have not answered are asked once more: a link may have broken under the question. */
  againMs: number
  /** Addresses that neither answered nor refused yet. */
  readonly open: Set<Address>
  readonly asked: Map<NodeName, Address>
  readonly answers: Map<NodeName, Answer>
}

/**
 * TCPPING: asks every address of a list. A run ends when all have answered or refused, when the time is up, or, for a
 * newcomer, with the first member's answer. A refused dial is a certain "not there", so the first node of a group does
 * not have to wait out the time.
 */
export class TcppingCore implements Core<TcppingEvent, TcppingEffect> {
  #run: Run | undefined
  #runs = 0

  /** When a `tick` is due, in monotonic milliseconds. */
  get nextMs(): number | undefined {
    return this.#run && Math.min(this.#run.againMs, this.#run.endsMs)
  }

  step(event: TcppingEvent, nowMs: number): readonly TcppingEffect[] {
    switch (event.type) {
      case 'find':
        return this.#find(event, nowMs)
      case 'dialled':
        return this.#dialled(event.address, event.outcome)
      case 'message':
        return this.#message(event.from, event.message)
      case 'tick':
        return this.#run ? this.#tick(this.#run, nowMs) : []
      case 'stop':
        this.#run = undefined
        return []
    }
  }

  #find(event: Extract<TcppingEvent, { type: 'find' }>, nowMs: number): readonly TcppingEffect[] {
    const { firstMemberIsEnough, timeoutMs } = event
    const open = new Set(event.addresses)
    this.#runs += 1
    const endsMs = nowMs + timeoutMs
    const againMs = nowMs + timeoutMs / 3
    this.#run = { firstMemberIsEnough, endsMs, againMs, open, asked: new Map(), answers: new Map() }
    if (open.size === 0) return this.#end(this.#run)
    return [...open].map((address) => ({ type: 'dial', address, timeoutMs }))
  }

  #tick(run: Run, nowMs: number): readonly TcppingEffect[] {
    if (nowMs >= run.endsMs) return this.#end(run)
    if (nowMs < run.againMs) return []
    run.againMs = run.endsMs
    return [...run.open].map((address) => ({ type: 'dial', address, timeoutMs: run.endsMs - nowMs }))
  }

  #dialled(address: Address, outcome: DialOutcome): readonly TcppingEffect[] {
    const run = this.#run
    if (!run?.open.has(address)) return []
    if (outcome.kind !== 'connected') {
      run.open.delete(address)
      return this.#endIfComplete(run)
    }
    const { name } = outcome.peer
    run.asked.set(name, address)
    return [
      { type: 'learn-address', name, address },
      { type: 'send', to: name, message: { type: 'discovery.get-mbrs-req', run: this.#runs } },
    ]
  }

  #message(from: Peer, message: DiscoveryMessage): readonly TcppingEffect[] {
    const run = this.#run
    if (!run || message.type !== 'discovery.get-mbrs-rsp' || message.run !== this.#runs) return []
    const address = run.asked.get(from.name)
    if (address === undefined || message.answer.name !== from.name) return []
    run.open.delete(address)
    run.answers.set(from.name, message.answer)
    if (run.firstMemberIsEnough && message.answer.standing.kind === 'member') return this.#end(run)
    return this.#endIfComplete(run)
  }

  #endIfComplete(run: Run): readonly TcppingEffect[] {
    return run.open.size === 0 ? this.#end(run) : []
  }

  #end(run: Run): readonly TcppingEffect[] {
    this.#run = undefined
    return [{ type: 'found', answers: [...run.answers.values()] }]
  }
}
