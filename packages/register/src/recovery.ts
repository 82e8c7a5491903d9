import type { Disk, DiskResult, NodeName } from '@ring/platform'
import { founder, positionOf, type RecordContent, type RingRecord, samePosition } from './core/record/record.ts'
import type { RegisterState } from './core/record/state.ts'
import { CommitRefusedError } from './error.ts'
import { RegisterStorage } from './storage.ts'

/** What the state directory of a node that does not run holds. */
export interface StoredRegister {
  readonly voterId: string
  readonly record: RingRecord | undefined
  /** The next record, which this voter has accepted: the others may have decided on it. */
  readonly pending: RingRecord | undefined
  /** Who votes by either of the two; this node, too. */
  readonly voters: readonly NodeName[]
  /** The lineage that was recovered from this one somewhere else; this node has not followed it yet. */
  readonly supersededBy: RingRecord | undefined
}

/** How a node becomes the only voter of a new lineage (rule R8). */
export interface Recovery {
  readonly name: NodeName
  /** Every other voter of the record, no more and no fewer: what is given up is given up by name. */
  readonly giveUp: readonly string[]
  /** A fresh random id. */
  readonly lineage: string
  readonly wallMs: number
  /** What the new record holds after the last one known. Pure. */
  readonly content: (last: RingRecord, version: number) => Pick<RecordContent, 'view' | 'state'>
}

/**
 * Reads the register's files of a node that does not run; `undefined` from an empty directory.
 * The error is a StateCorruptError or StateUnreadableError.
 */
export function readStored(disk: Disk, done: (result: DiskResult<StoredRegister | undefined>) => void): void {
  new RegisterStorage(disk).load((result) => {
    done(result.ok ? { ok: true, value: result.value && storedOf(result.value) } : result)
  })
}

/**
 * Gives up the quorum that will not come back: writes the first record of a new lineage, with this node as the only
 * voter, into the state directory of a node that does not run. Whoever of the old lineage hears of it stops acting. This
 * cannot be undone. The result is the new record.
 *
 * What this voter had accepted as the next record is kept, since the others may have decided on it.
 *
 * The error is a {@link CommitRefusedError} (`no-record`, `superseded`, `invalid`) when nothing was written, or one of
 * the disk.
 */
export function recoverStored(disk: Disk, recovery: Recovery, done: (result: DiskResult<RingRecord>) => void): void {
  const storage = new RegisterStorage(disk)
  storage.load((loaded) => {
    if (!loaded.ok) return done(loaded)
    const next = recovered(loaded.value, recovery)
    if (!next.ok) return done(next)
    const { vote, record } = next.value
    // A vote that does not follow the stored record is not read, so a crash in between harms nothing; but the life that
    // the record names as its origin must be over before anybody can read it.
    const spent = { ...loaded.value!.vote, incarnation: vote.incarnation }
    const writes = [
      { file: 'vote', vote: spent },
      { file: 'record', record },
      { file: 'vote', vote },
    ] as const
    storage.save(writes, (saved) => done(saved.ok ? { ok: true, value: record } : saved))
  })
}

function storedOf({ vote, record }: RegisterState): StoredRegister {
  const isNext = record !== undefined && samePosition(vote.after, record)
  const pending = isNext ? vote.accepted?.record : undefined
  const voters = [...(record?.voters ?? []), ...(pending?.voters ?? [])]
  return {
    voterId: vote.voterId,
    record,
    pending,
    voters: [...new Set(voters.map(({ name }) => name))],
    supersededBy: isNext ? vote.supersededBy : undefined,
  }
}

function recovered(
  state: RegisterState | undefined,
  { name, giveUp, lineage, wallMs, content }: Recovery,
): DiskResult<Required<RegisterState>> {
  const stored = state && storedOf(state)
  const last = stored?.pending ?? stored?.record
  if (!state || !stored?.record || !last) {
    return refused('no-record', 'there is no record in the state directory: this node has nothing to go on from')
  }
  if (stored.supersededBy) {
    const { lineage: other } = stored.supersededBy
    return refused(
      'superseded',
      `the ring was recovered already, as lineage ${other}: start this node, and it joins that`,
    )
  }
  const givenUp = stored.voters.filter((voter) => voter !== name)
  const fault = namesFault(giveUp, givenUp)
  if (fault !== undefined) return refused('invalid', fault)
  const { voterId } = stored
  const incarnation = state.vote.incarnation + 1
  const empty = { voters: [{ name, voterId }], view: null, state: null, operations: last.operations }
  const origin = { name, incarnation, sequence: 1 }
  const opened = founder(lineage, empty, origin, wallMs, { record: last, reason: 'recovered' })
  const parent = { ...positionOf(last), reason: 'recovered', ...(givenUp.length > 0 && { givenUp }) } as const
  const record = { ...opened, parent, ...content(last, opened.version) }
  const after = { lineage, version: record.version }
  return { ok: true, value: { record, vote: { voterId, incarnation, after } } }
}

function namesFault(given: readonly string[], voters: readonly string[]): string | undefined {
  const missing = voters.filter((name) => !given.includes(name))
  if (missing.length > 0) return `these vote, too, and have to be given up by name: ${missing.join(', ')}`
  const strange = given.find((name) => !voters.some((voter) => voter === name))
  return strange === undefined
    ? undefined
    : `${strange} is not another voter; the others are ${voters.join(', ') || 'none'}`
}

function refused(reason: string, text: string): { readonly ok: false; readonly error: Error } {
  return { ok: false, error: new CommitRefusedError(reason, text) }
}
