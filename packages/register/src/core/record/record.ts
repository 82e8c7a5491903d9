import type { NodeName } from '@ring/platform'

/**
 * Who votes on the next version: a name together with the random id of its state directory. A node that lost its
 * directory comes back with another id, and so is not this voter any more (rule R3).
 */
export interface Voter {
  readonly name: NodeName
  readonly voterId: string
}

/** Names one version of one lineage. */
export interface Position {
  readonly lineage: string
  readonly version: number
}

/** Where a lineage came from. `recovered` replaces its parent; a `branch` lives beside it until both are merged. */
export interface Parent extends Position {
  readonly reason: 'recovered' | 'branch'
  /** Of a recovery: the voters that were given up, at most twice {@link votersMax}. Missing where none was, or where an older node passed the record on. */
  readonly givenUp?: readonly NodeName[]
}

/** Which proposal made a record: one of one life. The life may use ballot 0 for the next version (rule R5). */
export interface Origin {
  readonly name: NodeName
  readonly incarnation: number
  readonly sequence: number
}

/** What a proposer may choose; the register adds the rest. `view` and `state` are opaque here. */
export interface RecordContent {
  /** 1 to {@link votersMax}, each name once; the first one breaks a tie (rule R2). */
  readonly voters: readonly Voter[]
  /** Not below the present one; it rises when the view changes. */
  readonly epoch: number
  readonly view: unknown
  readonly state: unknown
  /** Ids of operations that took effect, remembered for a while; the newest {@link operationsMax} are kept. */
  readonly operations: readonly string[]
  /** What these operations came to; opaque here, like `view` and `state`. Kept as it is where a content does not name it. */
  readonly outcomes?: unknown
}

/**
 * The one value that the ring agrees on. A later version may put more into it, into its parent and its voters: what this one
 * does not know is kept, stored and passed on as it is (rule S1).
 */
export interface RingRecord extends Position, RecordContent {
  readonly parent?: Parent
  /** Earlier lineages, the newest first, at most {@link ancestorsMax}. */
  readonly ancestors: readonly string[]
  readonly origin: Origin
}

export const votersMax = 7
export const operationsMax = 256
export const ancestorsMax = 16

export function positionOf(record: RingRecord): Position {
  return { lineage: record.lineage, version: record.version }
}

export function samePosition(one: Position | undefined, other: Position | undefined): boolean {
  return one?.lineage === other?.lineage && one?.version === other?.version
}

export function sameOrigin(one: Origin, other: Origin): boolean {
  return one.name === other.name && one.incarnation === other.incarnation && one.sequence === other.sequence
}

export function sameVoter(one: Voter, other: Voter): boolean {
  return one.name === other.name && one.voterId === other.voterId
}

/** Whether both lists have the same quorums: the same voters, and the same first one, who breaks a tie (rule R2). */
export function sameQuorums(one: readonly Voter[], other: readonly Voter[]): boolean {
  return (
    one.length === other.length &&
    sameVoter(one[0]!, other[0]!) &&
    one.every((voter) => other.some((candidate) => sameVoter(voter, candidate)))
  )
}

/** Why a content cannot follow a record, or `undefined` when it can. */
export function contentFault(content: RecordContent, epoch: number): string | undefined {
  const names = new Set(content.voters.map((voter) => voter.name))
  if (content.voters.length === 0) return 'it names no voter'
  if (content.voters.length > votersMax) return `it names more than ${votersMax} voters`
  if (names.size !== content.voters.length) return 'it names a voter twice'
  if (!Number.isSafeInteger(content.epoch) || content.epoch < epoch) return `its epoch is below ${epoch}`
  return undefined
}

/** The record that `content` becomes after `previous`, with whatever else that one holds (rule S1). */
export function successor(previous: RingRecord, content: RecordContent, origin: Origin): RingRecord {
  return { ...previous, version: previous.version + 1, ...onlyContent(content, previous), origin }
}

/** The first record of a lineage. Its numbers start above all that was known and at the wall clock (rule R8). */
export function founder(
  lineage: string,
  content: Omit<RecordContent, 'epoch'>,
  origin: Origin,
  wallMs: number,
  previous?: { readonly record: RingRecord; readonly reason: Parent['reason'] },
): RingRecord {
  const record = previous?.record
  const first = (known: number): number => Math.max(known + 1, Math.floor(wallMs))
  return {
    ...record,
    lineage,
    version: first(record?.version ?? 0),
    ...(previous === undefined ? {} : { parent: parentOf(previous, content.voters) }),
    ancestors: record === undefined ? [] : [record.lineage, ...record.ancestors].slice(0, ancestorsMax),
    ...onlyContent({ ...content, epoch: first(record?.epoch ?? 0) }, record),
    origin,
  }
}

function parentOf(
  { record, reason }: { readonly record: RingRecord; readonly reason: Parent['reason'] },
  voters: readonly Voter[],
): Parent {
  const givenUp = record.voters.map(({ name }) => name).filter((name) => !voters.some((one) => one.name === name))
  const isGiven = reason === 'recovered' && givenUp.length > 0
  return { ...positionOf(record), reason, ...(isGiven && { givenUp }) }
}

/** A caller's object may carry more than it should, and may be changed later. A voter that stays keeps what is said of it. */
function onlyContent(content: RecordContent, previous: RingRecord | undefined): RecordContent {
  return {
    voters: content.voters.map(
      ({ name, voterId }) => previous?.voters.find((known) => sameVoter(known, { name, voterId })) ?? { name, voterId },
    ),
    epoch: content.epoch,
    view: content.view,
    state: content.state,
    operations: content.operations.slice(-operationsMax),
    ...(content.outcomes !== undefined && { outcomes: content.outcomes }),
  }
}
