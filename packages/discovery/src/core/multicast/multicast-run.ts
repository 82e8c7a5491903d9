import type { Address, Core, DialOutcome, NodeName } from '@ring/platform'
import { type Answer, type DiscoveryMessage, newerAnswer } from '../answer.ts'

export interface MulticastRunOptions {
  /** How often the request goes out: datagrams get lost. */
  readonly casts?: number
  readonly castEveryMs?: number
  /** A run ends when nobody new answered for so long; counted from the beginning, and at least. */
  readonly quietMs?: number
  /** How long whoever called may take to answer by itself before it is dialled; 0: it will not, so it is dialled at once. */
  readonly callWaitMs?: number
}

export type MulticastRunEvent =
  | { readonly type: 'find'; readonly timeoutMs: number; readonly firstMemberIsEnough: boolean }
  /** An answer that belongs to this run. */
  | { readonly type: 'answered'; readonly answer: Answer }
  /** Somebody is there and wants to be asked over a link. */
  | { readonly type: 'called'; readonly name: NodeName; readonly address: Address }
  | { readonly type: 'dialled'; readonly address: Address; readonly outcome: DialOutcome }
  | { readonly type: 'tick' }
  | { readonly type: 'stop' }

export type MulticastRunEffect =
  | { readonly type: 'cast'; readonly run: number }
  | { readonly type: 'dial'; readonly address: Address; readonly timeoutMs: number }
  | { readonly type: 'learn-address'; readonly name: NodeName; readonly address: Address }
  | { readonly type: 'send'; readonly to: NodeName; readonly message: DiscoveryMessage }
  | { readonly type: 'found'; readonly answers: readonly Answer[] }

interface Run {
  readonly firstMemberIsEnough: boolean
  readonly endsMs: number
  castsLeft: number
  castMs: number
  quietMs: number
  /** Who is there and has not answered yet; the run waits for them. */
  readonly called: Map<Address, NodeName>
  /** When those are dialled. */
  dialMs: number
  readonly answers: Map<NodeName, Answer>
}

/** However many answer, or say so. */
const answersMax = 4096
/** After somebody new answered, others may be under way. */
const lingerMs = 100

/**
 * PING and MPING: the request goes to everybody a few times, and whoever is there answers. A run ends with the first
 * member's answer where that is enough, otherwise when it has become quiet. So the first node of a group need not wait
 * out the whole time.
 */
export class MulticastRunCore implements Core<MulticastRunEvent, MulticastRunEffect> {
  readonly #options: Required<MulticastRunOptions>
  #run: Run | undefined
  #runs = 0

  constructor({ casts = 3, castEveryMs = 100, quietMs = 350, callWaitMs = 0 }: MulticastRunOptions = {}) {
    this.#options = { casts, castEveryMs, quietMs, callWaitMs }
  }

  /** When a `tick` is due, in monotonic milliseconds. */
  get nextMs(): number | undefined {
    if (!this.#run) return undefined
    const { endsMs, castsLeft, castMs, dialMs } = this.#run
    return Math.min(endsMs, quietOf(this.#run), castsLeft > 0 ? castMs : endsMs, dialMs)
  }

  /** The number of the run under way, or of the last one. */
  get run(): number {
    return this.#runs
  }

  step(event: MulticastRunEvent, nowMs: number): readonly MulticastRunEffect[] {
    if (event.type === 'find') return this.#find(event, nowMs)
    const run = this.#run
    if (!run) return []
    switch (event.type) {
      case 'answered':
        return this.#answered(run, event.answer, nowMs)
      case 'called':
        return this.#called(run, event.name, event.address, nowMs)
      case 'dialled':
        return this.#dialled(run, event.address, event.outcome)
      case 'tick':
        return this.#tick(run, nowMs)
      case 'stop':
        this.#run = undefined
        return []
    }
  }

  #find(event: Extract<MulticastRunEvent, { type: 'find' }>, nowMs: number): readonly MulticastRunEffect[] {
    const { firstMemberIsEnough, timeoutMs } = event
    this.#runs = (this.#runs + 1) % 0x1_0000_0000
    const { casts, castEveryMs } = this.#options
    const quietMs = nowMs + this.#options.quietMs
    const times = { endsMs: nowMs + timeoutMs, castsLeft: casts - 1, castMs: nowMs + castEveryMs, quietMs }
    const dialMs = Number.POSITIVE_INFINITY
    this.#run = { ...times, dialMs, firstMemberIsEnough, called: new Map(), answers: new Map() }
    return [{ type: 'cast', run: this.#runs }]
  }

  #tick(run: Run, nowMs: number): readonly MulticastRunEffect[] {
    if (nowMs >= Math.min(run.endsMs, quietOf(run))) return this.#end(run)
    const dials = nowMs >= run.dialMs ? this.#dialCallers(run, nowMs) : []
    if (run.castsLeft === 0 || nowMs < run.castMs) return dials
    run.castsLeft -= 1
    run.castMs = nowMs + this.#options.castEveryMs
    return [...dials, { type: 'cast', run: this.#runs }]
  }

  #answered(run: Run, answer: Answer, nowMs: number): readonly MulticastRunEffect[] {
    const before = run.answers.get(answer.name)
    if (!before) {
      if (run.answers.size >= answersMax) return []
      run.quietMs = Math.max(run.quietMs, nowMs + lingerMs)
    }
    run.answers.set(answer.name, before ? newerAnswer(answer, before) : answer)
    for (const [address, name] of run.called) if (name === answer.name) run.called.delete(address)
    return run.firstMemberIsEnough && answer.standing.kind === 'member' ? this.#end(run) : []
  }

  #called(run: Run, name: NodeName, address: Address, nowMs: number): readonly MulticastRunEffect[] {
    if (run.called.has(address) || run.answers.has(name) || run.called.size >= answersMax) return []
    run.called.set(address, name)
    const { callWaitMs } = this.#options
    if (callWaitMs === 0) return [{ type: 'dial', address, timeoutMs: run.endsMs - nowMs }]
    run.dialMs = Math.min(run.dialMs, nowMs + callWaitMs)
    return []
  }

  #dialCallers(run: Run, nowMs: number): readonly MulticastRunEffect[] {
    run.dialMs = Number.POSITIVE_INFINITY
    return [...run.called.keys()].map((address) => ({ type: 'dial', address, timeoutMs: run.endsMs - nowMs }))
  }

  /** Who answers the dial has proved its name; another one than that of the datagram is not asked. */
  #dialled(run: Run, address: Address, outcome: DialOutcome): readonly MulticastRunEffect[] {
    const name = run.called.get(address)
    if (name === undefined) return []
    if (outcome.kind !== 'connected' || outcome.peer.name !== name) {
      // Nobody waits for a caller who is not there.
      run.called.delete(address)
      return []
    }
    return [
      { type: 'learn-address', name, address },
      { type: 'send', to: name, message: { type: 'discovery.get-mbrs-req', run: this.#runs } },
    ]
  }

  #end(run: Run): readonly MulticastRunEffect[] {
    this.#run = undefined
    return [{ type: 'found', answers: [...run.answers.values()] }]
  }
}

/** When it is quiet: not while somebody is there who has not answered. */
function quietOf({ called, quietMs, endsMs }: Run): number {
  return called.size > 0 ? endsMs : quietMs
}
