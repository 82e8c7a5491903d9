import { callListener, type Logger, type NodeName, type Peer, silent } from '@ring/platform'
import { agreedValueFault } from './core/agreed-value.ts'
import type { ProposalOutcome } from './core/events.ts'
import type { RecordContent, RingRecord, Voter } from './core/record.ts'
import type { RegisterCoreOptions } from './core/register-core.ts'
import { RegisterDriver, type RegisterSurroundings } from './driver.ts'
import {
  CommitRefusedError,
  NotAgreeableError,
  RecordTooLargeError,
  RegisterStoppedError,
  StateDirectoryNeededError,
} from './error.ts'
import { decodeMessage, recordBytesMax } from './messages.ts'
import { pack } from './packing.ts'

/** How a commit ended. Only `lost`, and `unknown` without `mayHaveHappened`, certainly changed nothing. */
export type CommitOutcome = Exclude<ProposalOutcome, { readonly kind: 'refused' }>

export interface RegisterStatus {
  readonly self: Voter | undefined
  readonly version: number | undefined
  readonly superseded: boolean
  /** Standing warnings for the operator, such as that of a forgetful voter (rule R9). */
  readonly warnings: readonly string[]
}

/** One record, changed by compare-and-set. It may be kept by voters, or in an outside database. */
export interface Register {
  /** The newest record that this node knows to be committed; somebody else may know a newer one. */
  read(): RingRecord | undefined
  /**
   * Makes `next` the record after version `expectedVersion`.
   * An abort ends the wait only: the outcome then says whether it may have happened.
   *
   * @throws {@link CommitRefusedError} when it cannot be proposed (`busy`, `invalid`, `no-record`, `superseded`)
   */
  commit(
    expectedVersion: number,
    next: RecordContent,
    options?: { readonly signal?: AbortSignal },
  ): Promise<CommitOutcome>
  /** Hears of every version that this node comes to hold, rising. Returns what ends it. */
  watch(listener: (record: RingRecord) => void): () => void
  start(): Promise<void>
  stop(): Promise<void>
}

export interface VotedRegisterOptions extends Omit<RegisterCoreOptions, 'storage'> {
  /** `majority` needs a disk, or `forgetful`; `none` keeps the record in memory, with this node as the only voter. */
  readonly quorum: 'majority' | 'none'
  /** Vote without a state directory although a restart forgets the promises (rule R9). */
  readonly forgetful?: boolean
  readonly onSettled?: (version: number) => void
  readonly onSuperseded?: (by: RingRecord) => void
  readonly onForeign?: (from: NodeName, record: RingRecord) => void
  readonly onFormationStopped?: (names: readonly NodeName[]) => void
}

const forgetfulWarning =
  'this voter keeps its promises in memory only (forgetful): if it restarts, it must be replaced as a voter, and the ring may lose its quorum'

/** The register that its voters keep among themselves. Messages come and go through its owner. */
export class VotedRegister implements Register {
  readonly #driver: RegisterDriver
  readonly #warnings: readonly string[]
  readonly #log: Logger
  readonly #watchers = new Set<(record: RingRecord) => void>()
  #started: Promise<void> | undefined

  constructor(options: VotedRegisterOptions, surroundings: RegisterSurroundings) {
    const isForgetful = options.quorum === 'majority' && options.forgetful === true
    if (options.quorum === 'majority' && !isForgetful && surroundings.disk === undefined)
      throw new StateDirectoryNeededError()
    this.#warnings = isForgetful ? [forgetfulWarning] : []
    const storage = options.quorum === 'majority' && !isForgetful ? 'disk' : 'memory'
    this.#driver = new RegisterDriver({ ...options, storage }, surroundings, {
      onCommitted: (record) => {
        for (const watcher of [...this.#watchers]) callListener(this.#log, 'register record', () => watcher(record))
      },
      onSettled: (version) => {
        options.onSettled?.(version)
      },
      onSuperseded: (by) => {
        options.onSuperseded?.(by)
      },
      onForeign: (from, record) => {
        options.onForeign?.(from, record)
      },
      onFormationStopped: (names) => {
        options.onFormationStopped?.(names)
      },
    })
    this.#log = surroundings.log ?? silent
    if (isForgetful) this.#log.warn({ event: 'register.forgetful' }, forgetfulWarning)
  }

  get status(): RegisterStatus {
    const { self, record, isSuperseded } = this.#driver
    return { self, version: record?.version, superseded: isSuperseded, warnings: this.#warnings }
  }

  read(): RingRecord | undefined {
    return this.#driver.record
  }

  watch(listener: (record: RingRecord) => void): () => void {
    this.#watchers.add(listener)
    return () => {
      this.#watchers.delete(listener)
    }
  }

  /**
   * Loads the state and begins to vote. Further calls give the same promise.
   *
   * @throws StateCorruptError or StateUnreadableError when the state directory cannot be trusted.
   */
  start(): Promise<void> {
    this.#started ??= new Promise<void>((resolve, reject) => {
      this.#driver.start((error) => {
        if (error === undefined) resolve()
        else reject(error)
      })
    })
    return this.#started
  }

  /** Ends all that waits. What was proposed may still happen. */
  stop(): Promise<void> {
    this.#driver.stop()
    return Promise.resolve()
  }

  async commit(
    expectedVersion: number,
    next: RecordContent,
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<CommitOutcome> {
    this.#check(next)
    const { signal } = options
    signal?.throwIfAborted()
    const outcome = await new Promise<ProposalOutcome>((resolve) => {
      const abandon = this.#driver.propose(expectedVersion, next, (ended) => {
        signal?.removeEventListener('abort', abandon)
        resolve(ended)
      })
      signal?.addEventListener('abort', abandon, { once: true })
    })
    return unlessRefused(outcome)
  }

  /**
   * Gives up the quorum that will not come back (rule R8): opens a new lineage without a vote, with the voters that
   * are left. Whoever of the old lineage hears of it stops acting. This cannot be undone.
   *
   * @param content its voters must be current ones; this node's own is in `status.self`
   */
  async recover(content: Omit<RecordContent, 'epoch'>, options: { readonly force: true }): Promise<CommitOutcome> {
    // A caller without types may leave it out.
    if ((options as { readonly force?: unknown } | undefined)?.force !== true)
      throw new CommitRefusedError('invalid', 'recovery gives up the old lineage: say `force: true` if that is meant')
    return await this.#open('recovered', content)
  }

  /** Opens a lineage of this node's own: the first one of a ring without quorum, or a branch of the one held (rule M5). */
  branch(content: Omit<RecordContent, 'epoch'>): Promise<CommitOutcome> {
    return this.#open('branch', content)
  }

  /** Sends the record to a node that is no voter: a newcomer, or a slave. Voters hear of each change by themselves. */
  show(to: NodeName): void {
    this.#driver.show(to)
  }

  /** Asks a node for its record, should it be later than the one held here. */
  ask(from: NodeName): void {
    this.#driver.ask(from)
  }

  /** A superseded node takes over the lineage that replaced its own. */
  rejoin(): void {
    this.#driver.rejoin()
  }

  /** A control message for the register arrived from an authenticated peer. Bad ones are dropped. */
  onMessage(from: Peer, bytes: Uint8Array): void {
    const decoded = decodeMessage(bytes)
    if (decoded.ok) this.#driver.onMessage(from, decoded.value)
  }

  /** To be called before anything that waited during a pause (rule M3). */
  resumed(gapMs: number): void {
    this.#driver.resumed(gapMs)
  }

  /** Names that discovery found, for a formation that counts them. */
  seen(names: readonly NodeName[]): void {
    this.#driver.seen(names)
  }

  async #open(reason: 'recovered' | 'branch', content: Omit<RecordContent, 'epoch'>): Promise<CommitOutcome> {
    this.#check({ ...content, epoch: 0 })
    return unlessRefused(
      await new Promise<ProposalOutcome>((resolve) => {
        this.#driver.openLineage(reason, content, resolve)
      }),
    )
  }

  #check(next: RecordContent): void {
    if (!this.#driver.isRunning) throw new RegisterStoppedError()
    for (const part of ['view', 'state'] as const) {
      const fault = agreedValueFault(next[part], part)
      if (fault !== undefined) throw new NotAgreeableError(fault)
    }
    const bytes = pack(next).length
    if (bytes > recordBytesMax) throw new RecordTooLargeError(bytes, recordBytesMax)
  }
}

function unlessRefused(outcome: ProposalOutcome): CommitOutcome {
  if (outcome.kind === 'refused') throw new CommitRefusedError(outcome.reason, outcome.text)
  return outcome
}
