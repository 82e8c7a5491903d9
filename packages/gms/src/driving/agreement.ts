import type { Clock, Disk, Incarnation, Logger, NodeName, Peer, Random } from '@ring/platform'
import {
  checkUnpacked,
  type ProposalOutcome,
  RegisterDriver,
  type RegisterMessage,
  recordBytesMax,
  StateDirectoryNeededError,
} from '@ring/register'
import { encodeControlMessage } from '../control/control-packing.ts'
import type { ControlProtocol } from '../control/control-switchboard.ts'
import type { GroupRecord } from '../core/record/view.ts'

/** What the register tells membership. */
export interface AgreementHost {
  onCommitted(record: GroupRecord): void
  onSettled(version: number): void
  /** Whether what this node votes can be stored from now on. */
  onStorage(isWell: boolean): void
  onProposalFailed(id: number, why: 'lost' | 'no-quorum' | 'too-large'): void
}

export interface AgreementOptions {
  readonly name: NodeName
  readonly incarnation: Incarnation
  /** The configured servers, who form the first record among them (rule R7). */
  readonly servers: readonly NodeName[]
  /** How many there will be, where discovery finds their names; default: as many as `servers`. */
  readonly expect: number | undefined
  readonly joinOnly: boolean
  /** Where promises are kept; without it only a forgetful voter is possible (rule R9). */
  readonly disk: Disk | undefined
  readonly forgetful: boolean
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly send: (to: NodeName, message: Uint8Array) => void
  /** Whether leases allow to accept a record now (rule L1). */
  readonly mayAccept: (next: GroupRecord, nowMs: number) => boolean
}

const foreignEveryMs = 60_000

/** Membership's side of the register: decisions by a quorum of voters (`QUORUM = majority`). */
export class Agreement {
  readonly #driver: RegisterDriver
  readonly #host: AgreementHost
  #foreignMs = Number.NEGATIVE_INFINITY

  /** @throws StateDirectoryNeededError without a disk, unless forgetful */
  constructor(options: AgreementOptions, host: AgreementHost) {
    const { name, incarnation, servers, expect, joinOnly, disk, forgetful, clock, random, logger, send, mayAccept } =
      options
    if (!disk && !forgetful) throw new StateDirectoryNeededError()
    this.#host = host
    this.#driver = new RegisterDriver(
      {
        name,
        incarnation,
        storage: disk && !forgetful ? 'disk' : 'memory',
        formation: { names: servers, joinOnly, ...(expect !== undefined && { expected: expect }) },
        mayAccept: (next, nowMs) => mayAccept(next as GroupRecord, nowMs),
        // The first record names the voters only; that they are there is for the first view to say.
        firstContent: () => ({ view: { members: [], barred: [] }, state: null }),
      },
      { clock, random, send, log: logger, ...(disk && { disk }) },
      {
        onCommitted: (record) => host.onCommitted(record as GroupRecord),
        onSettled: (version) => host.onSettled(version),
        onSuperseded: () => this.#driver.rejoin(),
        onStorage: (isWell) => host.onStorage(isWell),
        onForeign: (from, record) => {
          // Two recoveries of one lineage stay apart until somebody decides; each side hears of the other every few seconds.
          const nowMs = clock.monotonicMs()
          if (nowMs - this.#foreignMs < foreignEveryMs) return
          this.#foreignMs = nowMs
          const fields = { event: 'group.foreign', peer: from, lineage: record.lineage, version: record.version }
          logger.error(fields, 'this group was formed or recovered twice: two rings')
        },
      },
    )
  }

  /** Reads the state directory. `done` gets the voter's id and the record that was found. */
  start(
    done: (
      started: { readonly voterId: string; readonly stored: GroupRecord | undefined } | { readonly error: Error },
    ) => void,
  ): void {
    this.#driver.start((error) => {
      const { self, record } = this.#driver
      if (error || !self) done({ error: error ?? new Error('the register did not start') })
      else done({ voterId: self.voterId, stored: record as GroupRecord | undefined })
    })
  }

  /** What this voter accepted and does not know to be decided. */
  get pending(): GroupRecord | undefined {
    return this.#driver.pending as GroupRecord | undefined
  }

  /** Servers that discovery found: they belong to those who form the first record (rule R7). */
  seen(names: readonly NodeName[]): void {
    this.#driver.seen(names)
  }

  propose(id: number, next: GroupRecord): void {
    if (encodeControlMessage(next).length > recordBytesMax) return this.#host.onProposalFailed(id, 'too-large')
    this.#driver.propose(next.version - 1, next, (outcome) => this.#ended(id, outcome))
  }

  learn(from: Peer, record: GroupRecord): void {
    this.#driver.learn(from, record)
  }

  /** What voters say to each other. */
  get protocol(): ControlProtocol<RegisterMessage> {
    return {
      prefix: 'register',
      decode: (value, length) => {
        const checked = checkUnpacked(value, length)
        return checked.ok ? { message: checked.value } : { fault: checked.fault }
      },
      isForSlaves: () => false,
      onMessage: (from, message) => this.#driver.onMessage(from, message),
    }
  }

  resumed(gapMs: number): void {
    this.#driver.resumed(gapMs)
  }

  stop(): void {
    this.#driver.stop()
  }

  #ended(id: number, outcome: ProposalOutcome): void {
    switch (outcome.kind) {
      case 'committed':
        // Not settled in time: what waited for it is asked for again by those who wait.
        if (!outcome.settled) this.#host.onProposalFailed(id, 'lost')
        return
      case 'lost':
      case 'refused':
        return this.#host.onProposalFailed(id, 'lost')
      case 'unknown':
        return this.#host.onProposalFailed(id, 'no-quorum')
    }
  }
}
