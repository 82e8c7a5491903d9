import type { Address, NodeName } from '@ring/platform'
import type { GmsContext } from './context.ts'

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

/** What this node knows of who cannot be dialled: others by itself, and itself by others. Both ends say so. */
export class ReachNotes {
  readonly #context: GmsContext
  readonly #others = new Map<NodeName, Note>()
  readonly #self = new Map<NodeName, Note>()
  readonly #saidMs = new Map<string, number>()
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

  /** What a member says of itself that is alone, and knows that the others are there and cannot reach it. */
  get obstacle(): { readonly kind: 'undialable'; readonly by: NodeName; readonly address: Address } | undefined {
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
