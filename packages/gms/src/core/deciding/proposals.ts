import type { NodeName, Peer } from '@ring/platform'
import { type GmsContext, progressOf, send } from '../context.ts'
import { type Operation, type OperationRequest, type OperationResult, operationDigest } from './operation.ts'

interface Pending {
  readonly operation: Operation
  readonly digest: number
  readonly since: OperationRequest['since']
  readonly untilMs: number
  /** Whether this node's own user waits for it; and who else passed it on to this node. */
  isOwn: boolean
  readonly askers: Set<NodeName>
  /** Who was asked for it, and may be deciding. */
  readonly asked: Set<NodeName>
  /** Since when the one to be asked seems to be of a version that knows no operations. */
  olderSinceMs: number | undefined
}

export interface ProposalsHost {
  /** Who is asked now: the coordinator, or a server that passes it on; undefined while there is none. */
  decider(): NodeName | undefined
  /** This node decides. */
  operate(request: OperationRequest): void
  /** Whether that one knows no operations, as far as it has said. */
  isOlder(name: NodeName): boolean
  /** Asks it in another way, where there is one. */
  askOlder(to: NodeName, operation: Operation): boolean
  /** Which voters are out of reach, where this side has no quorum. */
  missing(): readonly NodeName[] | undefined
}

/** No node has more of them out at a time. */
const pendingMax = 1_024

/**
 * Operations that were asked for at this node, until they end: each is brought to whoever decides, again and again and to
 * whoever decides next, under one id (rule S2). A deadline says whether it may have happened.
 */
export class Proposals {
  readonly #context: GmsContext
  readonly #host: ProposalsHost
  readonly #pending = new Map<string, Pending>()

  constructor(context: GmsContext, host: ProposalsHost) {
    this.#context = context
    this.#host = host
  }

  /** This node's own. */
  propose(operation: Operation, forMs: number): void {
    const missing = this.#host.missing()
    if (missing) return this.#tell(operation.id, { kind: 'no-quorum', missing, mayHaveHappened: false })
    const pending = this.#admit(operation, forMs, progressOf(this.#context.record))
    if (typeof pending === 'string') return this.#tell(operation.id, { kind: 'refused', why: pending })
    pending.isOwn = true
    this.#bring(pending)
  }

  /** Somebody's, who took this node for the one to ask. */
  passOn(from: Peer, { id, part, body, since, forMs }: OperationRequest): void {
    const pending = this.#admit({ id, part, body }, forMs, since)
    if (typeof pending === 'string') return this.#answer(from.name, id, { kind: 'refused', why: pending })
    const isNew = pending.asked.size === 0
    pending.askers.add(from.name)
    if (isNew) this.#bring(pending)
  }

  /** What the one who decides says; what others say is not believed. */
  onResult(from: NodeName, id: string, result: OperationResult): void {
    const pending = this.#pending.get(id)
    if (pending?.asked.has(from)) this.#end(pending, refusedIn(pending, result))
  }

  /** Somebody else decides now, or may. */
  deciderChanged(): void {
    const decider = this.#host.decider()
    for (const pending of this.#pending.values())
      if (decider !== undefined && !pending.asked.has(decider)) this.#bring(pending)
  }

  /** The alarms of the life before are gone; what was asked for goes on. */
  lifeChanged(): void {
    this.#watch()
  }

  /** This node has left: nobody answers it any more. */
  stop(): void {
    for (const pending of [...this.#pending.values()])
      this.#end(pending, { kind: 'timed-out', mayHaveHappened: pending.asked.size > 0 })
  }

  #admit(operation: Operation, forMs: number, since: OperationRequest['since']): Pending | 'busy' | 'id-taken' {
    const digest = operationDigest(operation)
    const known = this.#pending.get(operation.id)
    if (known) return known.digest === digest ? known : 'id-taken'
    if (this.#pending.size >= pendingMax) return 'busy'
    const untilMs = this.#context.nowMs + forMs
    const pending: Pending = {
      ...{ operation, digest, since, untilMs },
      ...{ isOwn: false, askers: new Set<NodeName>(), asked: new Set<NodeName>(), olderSinceMs: undefined },
    }
    this.#pending.set(operation.id, pending)
    this.#watch()
    return pending
  }

  #bring(pending: Pending): void {
    const { self, nowMs } = this.#context
    const to = this.#host.decider()
    if (to === undefined) return
    const { operation, since, untilMs } = pending
    const request: OperationRequest = { ...operation, ...(since && { since }), forMs: Math.max(0, untilMs - nowMs) }
    if (to !== self.name && this.#host.isOlder(to)) return this.#bringToOlder(pending, to)
    pending.asked.add(to)
    if (to === self.name) this.#host.operate(request)
    else send(this.#context, to, { type: 'gms.operation-req', request })
  }

  /** What a member says of itself may come a little later than it does. */
  #bringToOlder(pending: Pending, to: NodeName): void {
    const { nowMs, timing } = this.#context
    pending.olderSinceMs ??= nowMs
    const isSure = nowMs - pending.olderSinceMs >= 2 * timing.joinTimeoutMs
    if (isSure && pending.asked.size === 0)
      this.#end(pending, { kind: 'older-coordinator', asked: this.#host.askOlder(to, pending.operation) })
  }

  /** Looks again after a while: at what is late, and at words that got lost. */
  #watch(): void {
    const { alarms, nowMs, timing } = this.#context
    if (this.#pending.size === 0) return alarms.clear('proposals')
    const nextMs = Math.min(...[...this.#pending.values()].map(({ untilMs }) => untilMs))
    alarms.set('proposals', Math.min(nowMs + timing.ackTimeoutMs, Math.max(nextMs, nowMs)), () => this.#lookAgain())
  }

  #lookAgain(): void {
    for (const pending of [...this.#pending.values()]) {
      if (this.#context.nowMs >= pending.untilMs) this.#end(pending, this.#late(pending))
      else this.#bring(pending)
    }
    this.#watch()
  }

  #late({ asked }: Pending): OperationResult {
    const missing = this.#host.missing()
    const mayHaveHappened = asked.size > 0
    return missing ? { kind: 'no-quorum', missing, mayHaveHappened } : { kind: 'timed-out', mayHaveHappened }
  }

  #end({ operation: { id }, isOwn, askers }: Pending, result: OperationResult): void {
    this.#pending.delete(id)
    if (isOwn) this.#tell(id, result)
    for (const asker of askers) this.#answer(asker, id, result)
    this.#watch()
  }

  #tell(id: string, result: OperationResult): void {
    this.#context.emit({ type: 'operation-ended', id, result })
  }

  #answer(to: NodeName, id: string, result: OperationResult): void {
    send(this.#context, to, { type: 'gms.operation-rsp', id, result })
  }
}

/** Who was asked before may have proposed it, and an earlier try may have been forgotten: then a refusal proves nothing. */
function refusedIn({ asked }: Pending, result: OperationResult): OperationResult {
  if (result.kind !== 'refused') return result
  return asked.size > 1 || result.why === 'forgotten' ? { ...result, mayHaveHappened: true } : result
}
