import {
  type Clock,
  callListener,
  type Disk,
  EventTurns,
  type Logger,
  type NodeName,
  type Peer,
  type Random,
  randomHex,
  silent,
  type Timer,
  unit,
} from '@ring/platform'
import type { ProposalOutcome, RegisterEffect, RegisterEvent, TimerName } from './core/events.ts'
import type { RegisterMessage } from './core/message.ts'
import type { RecordContent, RingRecord, Voter } from './core/record/record.ts'
import { RegisterCore, type RegisterCoreOptions } from './core/register-core.ts'
import { type RegisterRules, soundRules } from './core/voting/rules.ts'
import { RegisterStoppedError } from './error.ts'
import { decodeMessage, encodeMessage } from './messages.ts'
import { RegisterStorage } from './storage.ts'

/** The outside world of one register. */
export interface RegisterSurroundings {
  readonly clock: Clock
  readonly random: Random
  /** Needed with storage `disk`. */
  readonly disk?: Disk
  readonly send: (to: NodeName, message: Uint8Array) => void
  readonly log?: Logger
}

/** What the driver tells its owner, in order and never from within a call of the owner's. */
export interface RegisterListener {
  onCommitted(record: RingRecord): void
  onSettled?(version: number): void
  onSuperseded?(by: RingRecord): void
  onForeign?(from: NodeName, record: RingRecord): void
  onFormationStopped?(names: readonly NodeName[]): void
  /** Whether what this node votes can be stored from now on; until something else is told, it can. */
  onStorage?(isWell: boolean): void
}

const storageSaidEveryMs = 60_000

type Ended = (outcome: ProposalOutcome) => void

/** Drives the core over real or simulated surroundings, with callbacks and without promises. */
export class RegisterDriver {
  readonly #core: RegisterCore
  readonly #surroundings: RegisterSurroundings
  readonly #storage: RegisterStorage | undefined
  readonly #listener: RegisterListener
  readonly #log: Logger
  readonly #timers = new Map<TimerName, Timer>()
  readonly #waiting = new Map<number, Ended>()
  readonly #turns = new EventTurns<RegisterEvent>((event) => this.#step(event))
  #state: 'new' | 'running' | 'stopped' = 'new'
  #nextProposalId = 1
  /** When it was last said that the disk fails; undefined while it is well. */
  #storageFailedMs: number | undefined

  constructor(
    options: RegisterCoreOptions,
    surroundings: RegisterSurroundings,
    listener: RegisterListener,
    rules: RegisterRules = soundRules,
  ) {
    this.#core = new RegisterCore(options, rules)
    this.#surroundings = surroundings
    this.#listener = listener
    this.#log = surroundings.log ?? silent
    this.#storage =
      options.storage === 'disk' && surroundings.disk !== undefined ? new RegisterStorage(surroundings.disk) : undefined
  }

  get record(): RingRecord | undefined {
    return this.#core.record
  }

  /** What this node has accepted as the next record, and does not know to be decided. */
  get pending(): RingRecord | undefined {
    return this.#core.pending
  }

  get self(): Voter | undefined {
    return this.#core.self
  }

  get isRunning(): boolean {
    return this.#state === 'running'
  }

  get isSuperseded(): boolean {
    return this.#core.isSuperseded
  }

  /** Loads the state and begins. `done` gets the error that keeps this node from voting. */
  start(done: (error?: Error) => void): void {
    const begin = (state: Extract<RegisterEvent, { type: 'start' }>['state']): void => {
      if (this.#state !== 'new') {
        done(new RegisterStoppedError())
        return
      }
      this.#state = 'running'
      const { clock, random } = this.#surroundings
      this.#take({
        type: 'start',
        state,
        freshVoterId: randomHex(random, 8),
        freshLineage: randomHex(random, 8),
        wallMs: clock.wallMs(),
      })
      done()
    }
    if (this.#storage === undefined) {
      begin(undefined)
      return
    }
    this.#storage.load((result) => {
      if (result.ok) begin(result.value)
      else done(result.error)
    })
  }

  stop(): void {
    this.#state = 'stopped'
    for (const timer of this.#timers.values()) timer.cancel()
    this.#timers.clear()
    const waiting = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const ended of waiting) ended({ kind: 'unknown', mayHaveHappened: true })
  }

  /** A message that was checked where it arrived ({@link checkUnpacked}). */
  onMessage(from: Peer, message: RegisterMessage): void {
    this.#take({ type: 'message', from, message })
  }

  /** Somebody says, on another way than a register message, that this record is committed. It is checked like one. */
  learn(from: Peer, record: RingRecord): void {
    const checked = decodeMessage(encodeMessage({ type: 'register.record', record }))
    if (checked.ok) this.onMessage(from, checked.value)
    else this.#log.warn({ event: 'control.invalid', peer: from.name, fault: checked.fault }, 'record dropped')
  }

  /** To be called before anything that waited during a pause (rule M3). */
  resumed(gapMs: number): void {
    this.#take({ type: 'resumed', gapMs })
  }

  seen(names: readonly NodeName[]): void {
    this.#take({ type: 'seen', names })
  }

  rejoin(): void {
    this.#take({ type: 'rejoin' })
  }

  /** Returns what ends the wait early. */
  propose(expectedVersion: number, next: RecordContent, ended: Ended): () => void {
    const proposalId = this.#wait(ended)
    this.#take({ type: 'propose', proposalId, expectedVersion, next })
    return () => {
      this.#take({ type: 'abandon', proposalId })
    }
  }

  openLineage(reason: 'recovered' | 'branch', content: Omit<RecordContent, 'epoch'>, ended: Ended): void {
    const { random, clock } = this.#surroundings
    const lineage = randomHex(random, 8)
    this.#take({
      type: 'open-lineage',
      proposalId: this.#wait(ended),
      lineage,
      wallMs: clock.wallMs(),
      reason,
      content,
    })
  }

  #wait(ended: Ended): number {
    const proposalId = this.#nextProposalId++
    this.#waiting.set(proposalId, ended)
    return proposalId
  }

  #take(event: RegisterEvent): void {
    this.#turns.push(event)
  }

  #step(event: RegisterEvent): void {
    if (this.#state === 'stopped') return
    for (const effect of this.#core.step(event, this.#surroundings.clock.monotonicMs())) this.#execute(effect)
  }

  #execute(effect: RegisterEffect): void {
    switch (effect.type) {
      case 'send':
        this.#surroundings.send(effect.to, encodeMessage(effect.message))
        return
      case 'store':
        this.#store(effect)
        return
      case 'timer':
        this.#arm(effect)
        return
      case 'proposal-ended': {
        const ended = this.#waiting.get(effect.proposalId)
        this.#waiting.delete(effect.proposalId)
        if (ended) this.#tell('outcome', () => ended(effect.outcome))
        return
      }
      case 'committed':
        this.#tell('committed', () => this.#listener.onCommitted(effect.record))
        return
      case 'settled':
        this.#tell('settled', () => this.#listener.onSettled?.(effect.version))
        return
      case 'superseded':
        this.#log.error(
          { event: 'register.superseded', lineage: effect.by.lineage },
          'another lineage was recovered from the one of this node, which follows it',
        )
        this.#tell('superseded', () => this.#listener.onSuperseded?.(effect.by))
        return
      case 'foreign':
        this.#tell('foreign', () => this.#listener.onForeign?.(effect.from, effect.record))
        return
      case 'formation-stopped':
        this.#log.error(
          { event: 'register.formation-stopped', names: effect.names },
          'more servers were seen than are configured to form the ring: give all the same list, or EXPECT, and restart',
        )
        this.#tell('formation-stopped', () => this.#listener.onFormationStopped?.(effect.names))
    }
  }

  /** A listener that fails must not keep the votes behind it from leaving. */
  #tell(type: string, call: () => void): void {
    callListener(this.#log, `register ${type}`, call)
  }

  #store({ writeId, writes }: Extract<RegisterEffect, { type: 'store' }>): void {
    this.#storage?.save(writes, (result) => {
      this.#noteStorage(result.ok ? undefined : result.error)
      this.#take(result.ok ? { type: 'stored', writeId } : { type: 'store-failed', writeId })
    })
  }

  /** Said when it begins and when it is over, and once a minute in between. */
  #noteStorage(error: Error | undefined): void {
    if (this.#state === 'stopped') return
    const wasWell = this.#storageFailedMs === undefined
    const nowMs = this.#surroundings.clock.monotonicMs()
    if (error && (wasWell || nowMs - this.#storageFailedMs! >= storageSaidEveryMs)) {
      this.#storageFailedMs = nowMs
      this.#log.error(
        { event: 'register.store-failed', err: error },
        'the state directory cannot be written, so this node does not vote; make room there, and it goes on by itself',
      )
    }
    if (!error && !wasWell) {
      this.#storageFailedMs = undefined
      this.#log.info({ event: 'register.store-recovered' }, 'the state directory can be written again; this node votes')
    }
    if (wasWell === (error !== undefined)) this.#tell('storage', () => this.#listener.onStorage?.(error === undefined))
  }

  #arm({ timer, delayMs, spreadMs }: Extract<RegisterEffect, { type: 'timer' }>): void {
    this.#timers.get(timer)?.cancel()
    const inMs = delayMs + spreadMs * unit(this.#surroundings.random)
    this.#timers.set(
      timer,
      this.#surroundings.clock.after(inMs, () => {
        this.#take({ type: 'timer', timer })
      }),
    )
  }
}
