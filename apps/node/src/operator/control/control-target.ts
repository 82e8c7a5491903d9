import {
  type ControlTarget,
  chmpxOutcome,
  failure,
  type LifecycleCommand,
  type LifecycleOptions,
  type NodeDump,
  type Outcome,
} from '@ring/control-protocol'
import { type PlacementState, placementOf, type ServiceOperation, type ServiceOutcome, traitsOf } from '@ring/merge'
import { packageVersion } from '../../version.ts'
import { listSourceOf, nodeDumpOf } from './node-dump.ts'
import { nameOfReport } from './node-list.ts'
import type { OperatedNode } from './operated-node.ts'
import { failedOutcome, refusedOutcome } from './service-outcome.ts'
import { planOf } from './service-plan.ts'

/** A fence ends by then, one way or the other. */
const fenceMs = 8_000
const longestWaitMs = 24 * 3_600_000

const operations = {
  MERGE: { do: 'merge' },
  COMPMERGE: { do: 'complete' },
  ABORTMERGE: { do: 'abort' },
  SUSPENDMERGE: { do: 'suspend' },
  NOSUSPENDMERGE: { do: 'resume' },
} as const satisfies Partial<Record<LifecycleCommand['name'], ServiceOperation>>

/** A node as its control port knows it. */
export class NodeControlTarget implements ControlTarget {
  readonly #node: OperatedNode

  constructor(node: OperatedNode) {
    this.#node = node
  }

  get version(): string {
    return `${packageVersion()} (ring-node) on Node.js ${process.versions.node}`
  }

  dump(): NodeDump {
    return nodeDumpOf(this.#node)
  }

  async execute(command: LifecycleCommand, options: LifecycleOptions, signal: AbortSignal): Promise<Outcome> {
    if (command.name === 'UPDATESTATUS') return this.#update()
    const wanted = this.#operationOf(command)
    if (!wanted) return chmpxOutcome('no-such-server')
    if (options.plan) return planOf(this.#node, wanted)
    if (options.force && this.#isWithoutQuorum) return withoutQuorum
    const before = this.#placement?.merge?.id
    let outcome: ServiceOutcome
    try {
      outcome = await this.#node.operateService(wanted, signal)
    } catch (error) {
      return failedOutcome(error)
    }
    if (!outcome.ok) return refusedOutcome(command.name, outcome)
    return this.#done(command, outcome, { ...options, before }, signal)
  }

  /** This node says anew what it is, and hears what the others are. */
  #update(): Outcome {
    const { record } = this.#node.status
    this.#node.reportAnew()
    return chmpxOutcome((record?.view.members.length ?? 0) > 1 ? 'done' : 'no-other-server')
  }

  #operationOf(command: Exclude<LifecycleCommand, { readonly name: 'UPDATESTATUS' }>): ServiceOperation | undefined {
    if (command.name === 'SERVICEIN') return { do: 'service-in', server: this.#node.name }
    if (command.name !== 'SERVICEOUT') return operations[command.name as keyof typeof operations]
    const server = nameOfReport(command.server, listSourceOf(this.#node))
    return server === undefined ? undefined : { do: 'service-out', server }
  }

  /** COMPMERGE says how it ended; the others that they have begun, unless they are to be waited for. */
  async #done(
    { name }: LifecycleCommand,
    { now, merge }: Extract<ServiceOutcome, { readonly ok: true }>,
    { wait, before }: LifecycleOptions & { readonly before: string | undefined },
    signal: AbortSignal,
  ): Promise<Outcome> {
    const isEnd = name === 'COMPMERGE'
    const id = merge ?? before
    if (isEnd && now === 'closing') {
      await this.#until(({ merge: own }) => own?.id !== id || own?.closingAt === undefined, fenceMs, signal)
      const own = this.#placement
      if (own?.merge?.id === id) {
        return failure('RING_MERGE_OPENED', 'Could not complete merging in time; what moves is open again.', [
          'The merge goes on, and nothing is lost: COMPMERGE again, or look at what ALLSTATUS JSON says it waits for.',
        ])
      }
      return chmpxOutcome('done', [], { merge: id, now: 'complete' })
    }
    if (wait && !isEnd) await this.#until((own) => isThere(name, own, this.#node.name), longestWaitMs, signal)
    const { merge: own } = this.#placement ?? {}
    const said = own ? (own.closingAt === undefined ? 'copying' : 'closing') : 'rest'
    return chmpxOutcome('done', [], { now: wait ? said : now, ...(id !== undefined && { merge: id }) })
  }

  get #placement(): PlacementState | undefined {
    const { record } = this.#node.status
    return record && placementOf(record)
  }

  get #isWithoutQuorum(): boolean {
    const { group } = this.#node.status
    return group.phase === 'member' && group.nonPrimary
  }

  /** Until it is so, time is up, or nobody waits any more. */
  #until(isSo: (placement: PlacementState) => boolean, forMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer)
        signal.removeEventListener('abort', end)
        off()
        resolve()
      }
      const timer = setTimeout(end, forMs)
      signal.addEventListener('abort', end)
      const look = () => {
        const own = this.#placement
        if (own && isSo(own)) end()
      }
      const off = this.#node.onChange(look)
      look()
    })
  }
}

/** What WAIT waits for: with AUTOMERGE the end of it all, by hand the end of the step. */
function isThere(name: LifecycleCommand['name'], { merge, services = {} }: PlacementState, self: string): boolean {
  const all = Object.values(services).map(({ is }) => traitsOf(is))
  switch (name) {
    case 'SERVICEIN':
      return (services[self]?.is ?? 'out') !== 'out' && !all.some(({ progress }) => progress === 'doing')
    case 'MERGE':
    case 'SERVICEOUT':
      return !all.some(({ progress }) => progress === 'doing')
    default:
      return merge === undefined
  }
}

const withoutQuorum = failure(
  'RING_NO_QUORUM',
  'There is no quorum of voters, so nothing can be decided, whoever forces it.',
  [
    'Start the missing voters. If they are lost for good: stop this node, run "ring-node recover --force", and start it again.',
    'That gives them up, and what only they knew (docs/operations.md).',
  ],
)
