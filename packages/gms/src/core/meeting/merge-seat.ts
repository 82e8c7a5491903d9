import type { Answer } from '@ring/discovery'
import { type Incarnation, type NodeName, nextIncarnation, type Peer } from '@ring/platform'
import type { DialBack, Whereabouts } from '../alive/dial-back.ts'
import type { ReachNotes } from '../alive/reach-notes.ts'
import { type GmsContext, send } from '../context.ts'
import { applicantOf } from '../effects.ts'
import type { Applicant, GroupRecord, MergedSides, ViewChange } from '../record/view.ts'
import type { MergePort, ViewMerger, ViewMerging } from './merging.ts'

export interface MergeSeatHost {
  answer(): Answer
  coordinates(): boolean
  isDoubted(name: NodeName): boolean
  takeIn(applicants: readonly Applicant[], sides: MergedSides): boolean
  /** What waited may go on. */
  pump(): void
  dissolve(): void
}

/** Where a merge protocol sits in membership (`QUORUM = none`): what it is told, and what it may do. */
export class MergeSeat {
  readonly #context: GmsContext
  readonly #host: MergeSeatHost
  readonly #merger: ViewMerger | undefined
  #holding = false
  #promised: Incarnation | undefined

  readonly #reach: { readonly dialBack: DialBack; readonly notes: ReachNotes }

  constructor(
    context: GmsContext,
    merging: ViewMerging,
    reach: { readonly dialBack: DialBack; readonly notes: ReachNotes },
    host: MergeSeatHost,
  ) {
    this.#context = context
    this.#host = host
    this.#reach = reach
    this.#merger = context.quorum === 'none' ? merging.begin(this.#port()) : undefined
  }

  /** Whether joins and removals have to wait. */
  get isHolding(): boolean {
    return this.#holding || this.#promised !== undefined
  }

  /** The life that another group may let in. */
  get promised(): Incarnation | undefined {
    return this.#promised
  }

  breakPromise(): void {
    if (this.#promised === undefined) return
    this.#promised = undefined
    if (this.#context.phase === 'member') this.#host.pump()
  }

  start(): void {
    this.#merger?.start()
  }

  reset(): void {
    this.#holding = false
    this.#promised = undefined
    this.#merger?.reset()
  }

  onDiscovered(answers: readonly Answer[]): void {
    if (this.#context.phase === 'member') this.#merger?.onDiscovered(answers)
  }

  onMessage(from: Peer, message: object): void {
    if (this.#context.phase === 'member') this.#merger?.onMessage(from, message)
  }

  onView(record: GroupRecord, change: ViewChange): void {
    if (this.#context.phase === 'member') this.#merger?.onView(record, change)
  }

  onDoubtChanged(): void {
    this.#merger?.onDoubtChanged()
  }

  #port(): MergePort {
    const context = this.#context
    const host = this.#host
    return {
      self: context.self.name,
      random: context.random,
      nowMs: () => context.nowMs,
      record: () => (context.phase === 'member' ? context.record : undefined),
      coordinates: () => context.phase === 'member' && host.coordinates(),
      isDoubted: (name) => host.isDoubted(name),
      answer: () => host.answer(),
      send: (to, message) => context.emit({ type: 'send', to, message }),
      dialable: (coordinators, done) => this.#dialable(coordinators, done),
      learnAddress: (name, address) => context.emit({ type: 'learn-address', name, address }),
      discover: (addresses) => context.emit({ type: 'discover', purpose: 'merge', addresses }),
      setAlarm: (name, delayMs, run) => context.alarms.set(`merge ${name}`, context.nowMs + delayMs, run),
      clearAlarm: (name) => context.alarms.clear(`merge ${name}`),
      hold: () => {
        this.#holding = true
      },
      release: () => {
        this.#holding = false
        if (context.phase === 'member') host.pump()
      },
      promiseLife: () => this.#promise(),
      breakPromise: () => this.breakPromise(),
      takeIn: (applicants, sides) => host.takeIn(applicants, sides),
      dissolve: () => {
        if (context.phase === 'member') host.dissolve()
      },
    }
  }

  #dialable(coordinators: readonly Whereabouts[], done: (names: ReadonlySet<NodeName>) => void): void {
    const { dialBack, notes } = this.#reach
    const reached = new Set<NodeName>()
    let open = coordinators.length
    if (open === 0) return done(reached)
    for (const { name, address } of coordinators)
      dialBack.ask({ name, address }, (verdict) => {
        if (verdict.reached) reached.add(name)
        else {
          notes.cannotDial(name, address, verdict.why)
          // It gets there over a link of its own dialling only; and only who has it can be told at all.
          send(this.#context, name, { type: 'gms.undialable', address, why: verdict.why })
        }
        open -= 1
        if (open === 0 && this.#context.phase === 'member') done(reached)
      })
  }

  #promise(): Applicant {
    const { self, wallMs, random } = this.#context
    this.#promised ??= nextIncarnation(self.incarnation, wallMs, random.uint32())
    return applicantOf({ ...self, incarnation: this.#promised })
  }
}
