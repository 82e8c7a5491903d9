import type { Disk, DiskResult } from '@ring/platform'
import type { RegisterState, RegisterWrite } from './core/record/state.ts'
import { frameStateFile, openStateFile, type StateFileKind } from './core/record/state-file.ts'
import { StateCorruptError, StateUnreadableError } from './error.ts'
import { pack, unpack } from './packing.ts'
import { type Checked, checkRecord, checkVote } from './schema.ts'

const fileOf = { record: 'register.record', vote: 'register.vote' } as const

/** The register's two files in the state directory. Promises change the small one alone. */
export class RegisterStorage {
  readonly #disk: Disk

  constructor(disk: Disk) {
    this.#disk = disk
  }

  /**
   * Reads what was stored; `undefined` from an empty directory.
   * The error is a {@link StateCorruptError} or {@link StateUnreadableError}.
   */
  load(done: (result: DiskResult<RegisterState | undefined>) => void): void {
    this.#read('vote', (vote) => {
      if (!vote.ok) done(vote)
      else
        this.#read('record', (record) => {
          done(record.ok ? assemble(vote.value, record.value) : record)
        })
    })
  }

  /** Replaces the files in the given order; `done` comes once, when all are on the disk or one has failed. */
  save(writes: readonly RegisterWrite[], done: (result: DiskResult<void>) => void): void {
    const [first, ...rest] = writes
    if (first === undefined) {
      done({ ok: true, value: undefined })
      return
    }
    const body = pack(first.file === 'record' ? first.record : first.vote)
    this.#disk.replace(fileOf[first.file], frameStateFile(first.file, body), (result) => {
      if (result.ok) this.save(rest, done)
      else done(result)
    })
  }

  #read(kind: StateFileKind, done: (result: DiskResult<Uint8Array | undefined>) => void): void {
    this.#disk.read(fileOf[kind], (result) => {
      if (!result.ok) {
        done({ ok: false, error: new StateUnreadableError(fileOf[kind], result.error) })
        return
      }
      if (result.value === undefined) {
        done(result)
        return
      }
      const opened = openStateFile(kind, result.value)
      done(opened.ok ? { ok: true, value: opened.body } : corrupt(kind, opened.fault))
    })
  }
}

function assemble(
  voteBody: Uint8Array | undefined,
  recordBody: Uint8Array | undefined,
): DiskResult<RegisterState | undefined> {
  if (voteBody === undefined)
    return recordBody === undefined
      ? { ok: true, value: undefined }
      : corrupt('vote', 'it is missing although there is a record')
  const vote = checkVote(unpack(voteBody))
  if (!vote.ok) return corrupt('vote', vote.fault)
  if (recordBody === undefined)
    return vote.value.after === undefined
      ? { ok: true, value: { vote: vote.value } }
      : corrupt('record', 'it is missing although this node has voted on its successor')
  const record: Checked<RegisterState['record'] & object> = checkRecord(unpack(recordBody))
  if (!record.ok) return corrupt('record', record.fault)
  const { after } = vote.value
  if (after?.lineage === record.value.lineage && after.version > record.value.version)
    return corrupt('record', 'it is older than what this node has voted on')
  return { ok: true, value: { vote: vote.value, record: record.value } }
}

function corrupt(kind: StateFileKind, fault: string): { readonly ok: false; readonly error: Error } {
  return { ok: false, error: new StateCorruptError(fileOf[kind], fault) }
}
