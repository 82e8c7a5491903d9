import type { Address, Core, DialOutcome, NodeName, Peer } from '@ring/platform'
import { type Answer, type DiscoveryMessage, newerAnswer } from '../answer.ts'
import { DialQueue } from './dial-queue.ts'
import { FailedAddresses } from './failed-addresses.ts'
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
  /**
   * More addresses for the run under way, on the word of a router or a name server: those that failed before are asked, but
   * hold nobody up. `isAll` with the last of them.
   */
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
  /** A dial later than that would say nothing of who is dialled. */
  readonly lastDialMs: number
  /** When those that have not answered are asked once more: a link may have broken under the question. */
  againMs: number
  moreToCome: boolean
  readonly tried: Set<Address>
  readonly queue: DialQueue
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
  readonly #failed = new FailedAddresses(addressesMax)
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
        return this.#dialled(event.run, event.address, event.outcome, nowMs)
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
      ...{
        firstMemberIsEnough,
        endsMs,
        lastDialMs: endsMs - timeoutMs / 20,
        againMs: nowMs + timeoutMs / 3,
        moreToCome,
      },
      tried: new Set(),
      queue: new DialQueue(),
      open: new Set(),
      asked: new Map(),
      answers: new Map(),
    }
    this.#run = run
    const others = this.#remembered.next(rememberedARun, new Set([...addresses, ...except]))
    this.#take(run, addresses, true)
    this.#take(run, others, false)
    return [...this.#dials(run, nowMs), ...this.#endIfComplete(run)]
  }

  #candidates(run: Run, addresses: readonly Address[], isAll: boolean, nowMs: number): readonly TcppingEffect[] {
    if (isAll) run.moreToCome = false
    this.#take(run, addresses, false)
    return [...this.#dials(run, nowMs), ...this.#endIfComplete(run)]
  }

  /** @param isOwnWord whether they are waited for even if they failed before: they come from the own configuration */
  #take(run: Run, addresses: readonly Address[], isOwnWord: boolean): void {
    const fresh = [...new Set(addresses)].filter((address) => !run.tried.has(address))
    const chosen = fresh.slice(0, addressesMax - run.tried.size)
    for (const address of chosen) {
      run.tried.add(address)
      if (isOwnWord || !this.#failed.has(address)) run.open.add(address)
    }
    run.queue.add(
      chosen.filter((address) => !this.#failed.has(address)),
      false,
    )
    run.queue.add(this.#failed.inTurn(chosen), true)
  }

  #dials(run: Run, nowMs: number): readonly TcppingEffect[] {
    if (nowMs > run.lastDialMs) return []
    return run.queue.next().map((address) => {
      this.#failed.dialled(address)
      return { type: 'dial', run: this.#runs, address, timeoutMs: run.endsMs - nowMs }
    })
  }

  #tick(run: Run, nowMs: number): readonly TcppingEffect[] {
    if (nowMs >= run.endsMs) return this.#end(run)
    if (nowMs < run.againMs) return []
    run.againMs = run.endsMs
    const again = [...run.open].filter((address) => run.queue.hasBegun(address))
    run.queue.add(again, false)
    return this.#dials(run, nowMs)
  }

  #dialled(ofRun: number, address: Address, outcome: DialOutcome, nowMs: number): readonly TcppingEffect[] {
    this.#failed.tried(address, outcome.kind === 'connected')
    const run = ofRun === this.#runs ? this.#run : undefined
    if (!run?.tried.has(address)) return []
    run.queue.ended(address)
    const effects = this.#ask(run, address, outcome)
    // There is room for another one, unless that was the end of the run.
    return this.#run === run ? [...effects, ...this.#dials(run, nowMs)] : effects
  }

  #ask(run: Run, address: Address, outcome: DialOutcome): readonly TcppingEffect[] {
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
