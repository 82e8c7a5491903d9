import type { GroupRecord } from '@ring/gms'
import type { NodeName } from '@ring/platform'
import type { World } from '@ring/testkit'
import type { Call, CallBook, Start } from '../call-book.ts'

/** That a life is out takes its time to get to it, where it runs (a merge, say); a pause lets it start nothing at all. */
const newsMs = 250
/** Half of the detection time: from here on who stood still doubts its life; and so long a word to a program counts. */
const doubtMs = 1_500
/** The longest way from a node to its program. */
const wayMs = 50
/** After trouble on the network views are late, by right (K4); so long it is not looked at. */
const unsettledMs = 10_000

/** What of a node the check asks. */
export interface LivesWorld {
  /** The life that a node leads now, in the lineage that it follows; undefined while it is down. */
  lifeOf(server: NodeName): string | undefined
  /** What a node goes by now: messages do before its parts are told. */
  recordOf(server: NodeName): GroupRecord | undefined
  /** Whether the network was troubled at a time since then. */
  wasTroubled(sinceMs: number): boolean
}

/** A life in a lineage. */
export function lifeName(
  lineage: string,
  { name, incarnation }: { readonly name: string; readonly incarnation: number },
) {
  return `${lineage} ${incarnation} ${name}`
}

/**
 * M3: no handler starts for a life that is out of the view, however its processes stood still; nor for one that is in no
 * view. Who wakes may install what is long past: only a later version takes a life out. And with `QUORUM = none` a branch
 * takes nobody out of the lineage that it left: both sides live on.
 */
export class LivesCheck {
  readonly #world: World
  readonly #book: CallBook
  readonly #lives: LivesWorld
  readonly #programsAsk: boolean
  /** Lives that were in a view of somebody, and the last version in which they were. */
  readonly #seen = new Map<string, number>()
  /** Since when somebody has a view without them. */
  readonly #outSinceMs = new Map<string, number>()
  /** From when to when each node has stood still. */
  readonly #stops = new Map<NodeName, { readonly fromMs: number; readonly toMs: number }[]>()
  /** By which life a call was handed to a program, and when. */
  readonly #handedOn = new Map<string, { readonly life: string; readonly atMs: number }>()

  constructor(world: World, book: CallBook, lives: LivesWorld, programsAsk: boolean) {
    this.#world = world
    this.#book = book
    this.#lives = lives
    this.#programsAsk = programsAsk
  }

  onRecord({ lineage, version, view }: GroupRecord): void {
    const members = new Set(view.members.map((member) => lifeName(lineage, member)))
    for (const [life, lastVersion] of this.#seen) {
      if (!life.startsWith(lineage) || members.has(life) || this.#outSinceMs.has(life) || lastVersion >= version)
        continue
      this.#outSinceMs.set(life, this.#world.nowMs)
      this.#world.note(`out: ${life}`)
    }
    for (const life of members) this.#seen.set(life, Math.max(version, this.#seen.get(life) ?? 0))
  }

  /** A node went on after it had stood still. */
  resumed(name: NodeName, gapMs: number): void {
    const { nowMs } = this.#world
    this.#stops.set(name, [...(this.#stops.get(name) ?? []), { fromMs: nowMs - gapMs, toMs: nowMs }])
  }

  /** A node hands a call to a program behind a link. */
  onHandedOn(server: NodeName, callId: number): void {
    const life = this.#lives.lifeOf(server)
    if (life === undefined) return
    const record = this.#lives.recordOf(server)
    if (record) this.onRecord(record)
    this.#handedOn.set(`${callId} ${server}`, { life, atMs: this.#world.nowMs })
    if (!this.#isInView(life)) this.#book.violated('M3', `call ${callId} was handed on by ${life}, which is in no view`)
  }

  /** Who was let in may be asked before it hears of it: it has no lineage yet, and the others have it in theirs. */
  #isInView(life: string): boolean {
    if (!life.startsWith(' ')) return this.#seen.has(life)
    for (const seen of this.#seen.keys()) if (withoutLineage(seen) === life) return true
    return false
  }

  onStart(call: Call, { server }: Start): void {
    const now = this.#lives.lifeOf(server)
    // Embedded, the start is all there is.
    const { life: by, atMs } = this.#handedOn.get(`${call.id} ${server}`) ?? { life: now, atMs: this.#world.nowMs }
    if (by === undefined || now === undefined) return
    // The same life may stand in a branch by now, and be in order there.
    const life = withoutLineage(by) === withoutLineage(now) ? now : by
    const outMs = this.#outSinceMs.get(life)
    if (outMs === undefined || this.#lives.wasTroubled(outMs - unsettledMs)) return
    const lateMs = Math.round(this.#world.nowMs - outMs)
    // A stop that is too short for a doubt delays the news by as long.
    const isTooShort = this.#stoodStill(outMs - doubtMs, server) < doubtMs
    const newsAfterMs = newsMs + (isTooShort ? this.#stoodStill(outMs, server) : 0)
    if (lateMs <= newsAfterMs || this.#isFromBeforeStop(atMs, server)) return
    this.#book.violated('M3', `${this.#book.word(call)} started ${lateMs} ms after ${life} was out of the view`)
  }

  /**
   * What was handed on before the node stopped, while it was sure of itself: on its way to the program, or started on a word
   * from before the stop, which may be so old.
   */
  #isFromBeforeStop(handedMs: number, server: NodeName): boolean {
    const { nowMs } = this.#world
    const node = this.#world.node(server)
    const stoppedMs = node.isPaused ? node.pausedAtMs : (this.#stops.get(server)?.at(-1)?.fromMs ?? 0)
    if (handedMs > stoppedMs) return false
    return this.#programsAsk ? nowMs - stoppedMs <= doubtMs : nowMs - handedMs <= wayMs
  }

  #stoodStill(sinceMs: number, server: NodeName): number {
    const stops = this.#stops.get(server) ?? []
    return stops.reduce((sum, { fromMs, toMs }) => sum + Math.max(0, toMs - Math.max(fromMs, sinceMs)), 0)
  }
}

const withoutLineage = (life: string) => life.slice(life.indexOf(' '))
