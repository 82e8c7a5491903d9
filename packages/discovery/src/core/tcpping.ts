import type { Address, Core, DialOutcome, NodeName, Peer } from '@ring/platform'
import { type Answer, type DiscoveryMessage, newerAnswer } from './answer.ts'
import { RememberedAddresses } from './remembered-addresses.ts'

export type TcppingEvent =
  | {
      readonly type: 'find'
      readonly addresses: readonly Address[]
      readonly timeoutMs: number
      /** Whether the first answer of a member is enough: it names the coordinator. */
      readonly firstMemberIsEnough: boolean
      /** Whether `candidates` will follow: the run does not end for want of addresses before the last of them. */
      readonly moreToCome?: boolean
      /** Of those that are only remembered, whom nobody needs to ask: this node, and its own group. */
      readonly except?: readonly Address[]
    }
  /** More addresses for the run under way; `isAll` with the last of them. */
  | { readonly type: 'candidates'; readonly addresses: readonly Address[]; readonly isAll: boolean }
  /** What a dial of that run came to; one of an earlier run says nothing in a later one. */
  | { readonly type: 'dialled'; readonly run: number; readonly address: Address; readonly outcome: DialOutcome }
  | { readonly type: 'message'; readonly from: Peer; readonly message: DiscoveryMessage }
  | { readonly type: 'tick' }
  | { readonly type: 'stop' }

export type TcppingEffect =
  | { readonly type: 'dial'; readonly run: number; readonly address: Address; readonly timeoutMs: number }
  | { readonly type: 'learn-address'; readonly name: NodeName; readonly address: Address }
  | { readonly type: 'send'; readonly to: NodeName; readonly message: DiscoveryMessage }
  | { readonly type: 'found'; readonly answers: readonly Answer[] }

export interface TcppingOptions {
  /** Members that were heard of and are asked in later runs; 2000 when not given. */
  readonly rememberedMax?: number
}

interface Run {
  readonly firstMemberIsEnough: boolean
  readonly endsMs: number
  /** When those that have not answered are asked once more: a link may have broken under the question. */
  againMs: number
  moreToCome: boolean
  readonly tried: Set<Address>
  /** Addresses that neither answered nor refused yet, and are waited for. */
  readonly open: Set<Address>
  readonly asked: Map<NodeName, Address>
  readonly answers: Map<NodeName, Answer>
}

/** However long a list a router or a name server gives. */
const addressesMax = 4096
/** Of those that are only remembered; the rest have their turn in the next runs. */
const rememberedARun = 64

/**
 * TCPPING: asks every address of a list. A run ends when all have answered or refused, when the time is up, or, for a
 * newcomer, with the first member's answer. A refused dial is a certain "not there", so the first node of a group does
 * not have to wait out the time.
 */
export class TcppingCore implements Core<TcppingEvent, TcppingEffect> {
  readonly #remembered: RememberedAddresses
  #run: Run | undefined
  #runs = 0

  constructor({ rememberedMax = 2000 }: TcppingOptions = {}) {
    this.#remembered = new RememberedAddresses(rememberedMax)
  }

  /** When a `tick` is due, in monotonic milliseconds. */
  get nextMs(): number | undefined {
    return this.#run && Math.min(this.#run.againMs, this.#run.endsMs)
  }

  step(event: TcppingEvent, nowMs: number): readonly TcppingEffect[] {
    switch (event.type) {
      case 'find':
        return this.#find(event, nowMs)
      case 'candidates':
        return this.#run ? this.#candidates(this.#run, event.addresses, event.isAll, nowMs) : []
      case 'dialled':
        return this.#dialled(event.run, event.address, event.outcome)
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
    const { addresses, firstMemberIsEnough, timeoutMs, moreToCome = false, except = [] } = event
    this.#runs += 1
    const endsMs = nowMs + timeoutMs
    const run: Run = {
      ...{ firstMemberIsEnough, endsMs, againMs: nowMs + timeoutMs / 3, moreToCome },
      tried: new Set(),
      open: new Set(),
      asked: new Map(),
      answers: new Map(),
    }
    this.#run = run
    const others = this.#remembered.next(rememberedARun, new Set([...addresses, ...except]))
    const dials = [...this.#dial(run, addresses, nowMs, false), ...this.#dial(run, others, nowMs, true)]
    return [...dials, ...this.#endIfComplete(run)]
  }

  #candidates(run: Run, addresses: readonly Address[], isAll: boolean, nowMs: number): readonly TcppingEffect[] {
    if (isAll) run.moreToCome = false
    const dials = this.#dial(run, addresses, nowMs, false)
    return [...dials, ...this.#endIfComplete(run)]
  }

  /** @param isRemembered of these the doubtful ones are asked as well, but hold nobody up */
  #dial(run: Run, addresses: readonly Address[], nowMs: number, isRemembered: boolean): readonly TcppingEffect[] {
    const fresh = [...new Set(addresses)].filter((address) => !run.tried.has(address))
    const chosen = fresh.slice(0, addressesMax - run.tried.size)
    for (const address of chosen) {
      run.tried.add(address)
      if (!isRemembered || !this.#remembered.isDoubtful(address)) run.open.add(address)
    }
    return chosen.map((address) => ({ type: 'dial', run: this.#runs, address, timeoutMs: run.endsMs - nowMs }))
  }

  #tick(run: Run, nowMs: number): readonly TcppingEffect[] {
    if (nowMs >= run.endsMs) return this.#end(run)
    if (nowMs < run.againMs) return []
    run.againMs = run.endsMs
    return [...run.open].map((address) => ({ type: 'dial', run: this.#runs, address, timeoutMs: run.endsMs - nowMs }))
  }

  #dialled(ofRun: number, address: Address, outcome: DialOutcome): readonly TcppingEffect[] {
    const run = ofRun === this.#runs ? this.#run : undefined
    this.#remembered.tried(address, outcome.kind === 'connected')
    if (!run?.tried.has(address)) return []
    const known = outcome.kind === 'connected' ? run.asked.get(outcome.peer.name) : undefined
    // Nobody there, or somebody whom another address led to.
    if (outcome.kind !== 'connected' || (known !== undefined && known !== address)) {
      run.open.delete(address)
      return this.#endIfComplete(run)
    }
    const { name } = outcome.peer
    if (run.answers.has(name)) return []
    run.asked.set(name, address)
    run.open.add(address)
    return [
      { type: 'learn-address', name, address },
      { type: 'send', to: name, message: { type: 'discovery.get-mbrs-req', run: this.#runs } },
    ]
  }

  #message(from: Peer, message: DiscoveryMessage): readonly TcppingEffect[] {
    const run = this.#run
    if (!run || message.type !== 'discovery.get-mbrs-rsp' || message.run !== this.#runs) return []
    const address = run.asked.get(from.name)
    const { answer } = message
    if (address === undefined || answer.name !== from.name) return []
    run.open.delete(address)
    const before = run.answers.get(from.name)
    run.answers.set(from.name, before ? newerAnswer(answer, before) : answer)
    this.#learn(answer)
    if (run.firstMemberIsEnough && answer.standing.kind === 'member') return this.#end(run)
    return this.#endIfComplete(run)
  }

  /** The answerer's own word of where it is, and whom it names. */
  #learn({ address, standing }: Answer): void {
    if (standing.kind === 'member') for (const member of standing.members) this.#remembered.remember(member.address)
    this.#remembered.remember(address)
  }

  #endIfComplete(run: Run): readonly TcppingEffect[] {
    return run.open.size === 0 && !run.moreToCome ? this.#end(run) : []
  }

  #end(run: Run): readonly TcppingEffect[] {
    this.#run = undefined
    return [{ type: 'found', answers: [...run.answers.values()] }]
  }
}
