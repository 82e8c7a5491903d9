import type { Address, Incarnation, NodeName } from '@ring/platform'
import type { GmsContext } from '../context.ts'
import type { Obstacle } from '../effects.ts'

interface Note {
  readonly address: Address
  readonly why: string
  readonly atMs: number
}

/** Members and newcomers that this node could not dial lately, and nodes that could not dial it. */
export interface Reach {
  readonly others: readonly NodeName[]
  readonly by: readonly NodeName[]
}

/** A note that is not renewed is over after this; as often, at most, the same is said again. */
const keptMs = 60_000
const notesMax = 64
/** The others are asked every second, and this one with them. */
const takenForMs = 10_000

/** What this node knows of who cannot be dialled: others by itself, and itself by others. Both ends say so. */
export class ReachNotes {
  readonly #context: GmsContext
  readonly #others = new Map<NodeName, Note>()
  readonly #self = new Map<NodeName, Note>()
  readonly #saidMs = new Map<string, number>()
  #takenBy: { readonly at: string; readonly untilMs: number } | undefined
  readonly #onSelf: () => void

  /** @param onSelf what others say of this node has changed */
  constructor(context: GmsContext, onSelf: () => void) {
    this.#context = context
    this.#onSelf = onSelf
  }

  /** Whom this node could not dial lately. */
  others(nowMs = this.#context.nowMs): readonly NodeName[] {
    return recent(this.#others, nowMs)
  }

  /** Who could not dial this node lately. */
  by(nowMs = this.#context.nowMs): readonly NodeName[] {
    return recent(this.#self, nowMs)
  }

  cannotDial(name: NodeName, address: Address, why: string): void {
    note(this.#others, name, { address, why, atMs: this.#context.nowMs })
    if (this.#isNews(`other ${name}`)) this.#context.emit({ type: 'undialable', name, address, why })
  }

  reached(name: NodeName): void {
    this.#others.delete(name)
  }

  /** Somebody says that it cannot dial this node. */
  toldBy(name: NodeName, address: Address, why: string): void {
    note(this.#self, name, { address, why, atMs: this.#context.nowMs })
    if (this.#isNews('self')) this.#context.emit({ type: 'not-reached', by: name, address, why })
    this.#context.alarms.set('reach notes', this.#context.nowMs + keptMs, this.#onSelf)
    this.#onSelf()
  }

  /** Another process has this node's name. The later one of the two stands back, at least for as long as it hears of that. */
  nameTaken(at: string, incarnation: Incarnation): void {
    if (incarnation >= this.#context.self.incarnation) return
    this.#takenBy = { at, untilMs: this.#context.nowMs + takenForMs }
    this.#context.alarms.set('name taken', this.#context.nowMs + takenForMs, this.#onSelf)
    this.#onSelf()
  }

  /** Where the one is that has this name, if it was heard of lately. */
  get takenAt(): string | undefined {
    return this.#takenBy && this.#context.nowMs < this.#takenBy.untilMs ? this.#takenBy.at : undefined
  }

  /** What a member says of itself that is alone, and knows that the others are there and cannot reach it. */
  get obstacle(): Obstacle | undefined {
    if (this.takenAt !== undefined) return { kind: 'name-taken', at: this.takenAt }
    const [by] = this.by()
    if (by === undefined || this.#context.record?.view.members.length !== 1) return undefined
    return { kind: 'undialable', by, address: this.#self.get(by)!.address }
  }

  #isNews(what: string): boolean {
    const { nowMs } = this.#context
    if (nowMs - (this.#saidMs.get(what) ?? Number.NEGATIVE_INFINITY) < keptMs) return false
    this.#saidMs.delete(what)
    this.#saidMs.set(what, nowMs)
    const [oldest] = this.#saidMs.keys()
    if (this.#saidMs.size > notesMax && oldest !== undefined) this.#saidMs.delete(oldest)
    return true
  }
}

function recent(notes: ReadonlyMap<NodeName, Note>, nowMs: number): readonly NodeName[] {
  return [...notes].filter(([, { atMs }]) => nowMs - atMs < keptMs).map(([name]) => name)
}

/** The newest one last. */
function note(notes: Map<NodeName, Note>, name: NodeName, made: Note): void {
  notes.delete(name)
  notes.set(name, made)
  const [oldest] = notes.keys()
  if (notes.size > notesMax && oldest !== undefined) notes.delete(oldest)
}
