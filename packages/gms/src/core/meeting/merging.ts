import type { Answer } from '@ring/discovery'
import type { Address, NodeName, Peer, Random } from '@ring/platform'
import type { Applicant, GroupRecord, MergedSides, ViewChange } from '../record/view.ts'

/** What a merge protocol says; membership passes it on unread. */
export interface MergeMessage {
  readonly type: `merge.${string}`
}

/**
 * What bringing groups together again needs of membership (`QUORUM = none`, rule M6). The protocol itself is
 * `@ring/merge`'s; it is handed in, since membership stands below it.
 */
export interface MergePort {
  readonly self: NodeName
  readonly random: Random
  /** Monotonic, of the event being taken. */
  nowMs(): number
  /** The record while this node is a member; undefined otherwise. */
  record(): GroupRecord | undefined
  /** Whether this node holds the only vote of its group, and so may look, lead and decide. */
  coordinates(): boolean
  isDoubted(name: NodeName): boolean
  /** Where this node stands, as it would tell a discovery. */
  answer(): Answer
  send(to: NodeName, message: MergeMessage): void
  /**
   * Which of these can be dialled; the others are told that they cannot. Called once, or never when this life ends before.
   * To lead, or to follow, somebody whom nobody reaches would lead the group nowhere.
   */
  dialable(
    coordinators: readonly { readonly name: NodeName; readonly address: Address }[],
    done: (names: ReadonlySet<NodeName>) => void,
  ): void
  learnAddress(name: NodeName, address: Address): void
  /** Looks for other groups now, at these addresses too; the answers come back to `onDiscovered`. */
  discover(addresses: readonly Address[]): void
  /** Replaces the alarm of that name. */
  setAlarm(name: string, delayMs: number, run: () => void): void
  clearAlarm(name: string): void
  /** From now on joins and removals wait, at most until the alarm of the caller's own. */
  hold(): void
  release(): void
  /** The life that this node takes when the other group lets it in. Until then, or until the promise is broken, joins and
   * removals wait. */
  promiseLife(): Applicant
  breakPromise(): void
  /** Takes the lives of other groups in, as one change. False when a change is under way: try again. */
  takeIn(applicants: readonly Applicant[], sides: MergedSides): boolean
  /** This group gives way: its members join the other one by one, as newcomers. */
  dissolve(): void
}

/** A merge protocol at work in one node. */
export interface ViewMerger {
  /** This node is a member from now on. */
  start(): void
  /** This life, or its group, is over. */
  reset(): void
  onDiscovered(answers: readonly Answer[]): void
  /** Checked by `decode` before. */
  onMessage(from: Peer, message: object): void
  onView(record: GroupRecord, change: ViewChange): void
  onDoubtChanged(): void
}

export interface ViewMerging {
  begin(port: MergePort): ViewMerger
  /** A decoded `merge.*` message of this protocol; undefined where it is not valid. */
  decode(value: unknown): object | undefined
}
