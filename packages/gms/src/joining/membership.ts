import type { Address, Incarnation, NodeName, NodeRole } from '@ring/platform'
import type { GroupStatus } from '../core/effects.ts'
import type { Bar } from '../core/record/bar.ts'
import type { MemberMetadata } from '../core/record/metadata.ts'
import type { StatePart } from '../core/record/state-part.ts'
import type { ProposeOptions } from '../driving/operation-calls.ts'
import type { StreamOptions } from './event-delivery.ts'
import type { GroupView, MembershipEvent, MembershipEventListener, MembershipEventType } from './membership-events.ts'

/** This process, as the group knows it. */
export interface MembershipSelf {
  readonly name: NodeName
  readonly role: NodeRole
  /** Of the present life: it changes with a rejoin. */
  readonly incarnation: Incarnation
  /** Where the others reach it; a follower has none. */
  readonly address: Address | undefined
}

/**
 * This process in a group, from `join` until `leave`. `view` and `self` change only as the events that tell of it are
 * delivered: a listener sees them as its event left them.
 */
export interface Membership {
  readonly group: string
  readonly self: MembershipSelf
  /** The latest view; after `leave` the last one. */
  readonly view: GroupView
  /** Whether this life stands first in the view. On a side without quorum that view may be out of date. */
  readonly isCoordinator: boolean
  /**
   * Whether a lease of a quorum of voters holds at this moment, by both clocks: to be asked before each act that only one side
   * may do, since an event comes after the fact. Never with `quorum: 'none'`.
   */
  readonly isPrimary: boolean
  /** What it is doing at this moment. */
  readonly status: GroupStatus

  /**
   * Calls the listener for every event of the type from now on: one event at a time, views in the order of their versions.
   *
   * @returns ends it; so does the signal
   */
  on<Type extends MembershipEventType>(
    type: Type,
    listener: MembershipEventListener<Type>,
    options?: { readonly signal?: AbortSignal },
  ): () => void

  /**
   * All events from now on, until this process has left or the signal ends it. Waiting for one does not keep the process
   * alive.
   *
   * @throws EventsOverflowError (from the iteration) when more events wait than `waitingMax`
   */
  events(options?: StreamOptions): AsyncIterableIterator<MembershipEvent>

  /**
   * What this member says of itself from now on; it spreads with the next view.
   *
   * @throws MetadataError where it is too much; nothing has changed then
   */
  describe(metadata: MemberMetadata): void

  /**
   * Somebody outside (a watchdog, an orchestrator) says that a member is dead: it is probed at once, directly and through
   * others, and expelled within about a second where nobody reaches it. A member that is well never goes for that.
   */
  report(name: string): void

  /**
   * Takes a member out of the view, as far as this side can decide; it joins again by itself unless it is barred
   * (`{ kind: 'until-admitted' }`, or `{ kind: 'for', ms }`). The view event tells when it is done.
   */
  expel(name: string, bar?: Bar): void

  /** Lets a barred name in again. */
  admit(name: string): void

  /** What the group has agreed on about a part, as this member has it now; undefined where there is nothing that it can read. */
  agreed<Own>(part: StatePart<Own>): Own | undefined

  /**
   * Wants something of a part (`parts` of the options): it is decided by the coordinator, or by a quorum.
   *
   * @param options `id` makes a repeated try the same operation, which takes effect once; by default each call is one of its own
   * @returns what it came to, once that can be relied on
   * @throws OperationInvalidError, OperationRefusedError, OperationNoQuorumError, OperationTimeoutError (it says whether it may
   *   have happened), OperationUnsupportedError; the signal's reason
   */
  propose(part: string, body: unknown, options?: ProposeOptions & { readonly id?: string }): Promise<unknown>

  /**
   * Leaves in order: the others have a view without this life when it resolves, or the leave time-out (2 s) is over because
   * nobody could decide it. Everything is closed then. It may be called again, and never rejects.
   */
  leave(): Promise<void>

  /** The same as {@link Membership.leave}: `await using membership = await join(...)`. */
  [Symbol.asyncDispose](): Promise<void>
}
