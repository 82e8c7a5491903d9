import { type Assembly, AssemblyBudget } from '../../frames/assembly.ts'
import { copiedBytes } from '../../frames/copied-bytes.ts'
import {
  bodyStart,
  Flag,
  maxMessageBytes,
  Offset,
  readU32,
  readU48,
  wholeBodyBytes,
} from '../../frames/frame-header.ts'
import { Status } from '../../frames/status.ts'
import { IncomingRequest } from './incoming-request.ts'

/** What a handler is given of the moment in which the first frame of its request was accepted. */
export interface Given {
  readonly epoch: number
  readonly version: number
  readonly expiryMs: number
}

/** A request whose body has not arrived as a whole. */
interface Unfinished {
  readonly generation: number
  readonly frame: Uint8Array
  readonly given: Given
  readonly assembly: Assembly
}

/** What becomes of large requests. */
export interface BodiesOwner {
  /** Its body has arrived as a whole. */
  start(request: IncomingRequest): void
  /** It ends before it was whole; without a status nobody waits for it. */
  dropped(slot: number, generation: number, status: number | undefined): void
  giveCredit(slot: number, generation: number, limit: number): void
}

/** The large requests of a program that are being put together, by slot. */
export class IncomingBodies {
  private readonly owner: BodiesOwner
  private readonly assemblies = new AssemblyBudget()
  private readonly unfinished = new Map<number, Unfinished>()

  constructor(owner: BodiesOwner) {
    this.owner = owner
  }

  get size(): number {
    return this.unfinished.size
  }

  /** A first frame; why it cannot be taken, or 0. Where others have the room now, it may come again. */
  begin(slot: number, generation: number, given: Given, bytes: Uint8Array, at: number, end: number): number {
    const whole = wholeBodyBytes(bytes, at)
    const assembly = this.assemblies.begin(whole)
    if (assembly === undefined) return whole > maxMessageBytes ? Status.tooLarge : Status.queueFull
    if (!assembly.add(bytes, bodyStart(bytes, at), end)) {
      this.assemblies.end(assembly)
      return Status.tooLarge
    }
    const frame = copiedBytes(bytes, at, bodyStart(bytes, at))
    this.unfinished.set(slot, { generation, frame, given, assembly })
    return 0
  }

  onChunk(slot: number, bytes: Uint8Array, at: number, end: number): void {
    const one = this.unfinished.get(slot)
    if (one?.generation !== readU32(bytes, at + Offset.generation)) return
    const { assembly, frame, given } = one
    const fits = assembly.add(bytes, bodyStart(bytes, at), end)
    if (fits && (bytes[at + Offset.flags]! & Flag.more) !== 0) {
      this.owner.giveCredit(slot, one.generation, assembly.nextCredit())
      return
    }
    const whole = fits ? assembly.whole : undefined
    if (whole === undefined) {
      this.drop(slot, one.generation, Status.tooLarge)
      return
    }
    this.unfinished.delete(slot)
    this.assemblies.end(assembly)
    this.owner.start(new IncomingRequest(frame, 0, frame.length, given, whole))
  }

  drop(slot: number, generation: number, status: number | undefined): void {
    const one = this.unfinished.get(slot)
    if (one?.generation !== generation) return
    this.unfinished.delete(slot)
    this.assemblies.end(one.assembly)
    this.owner.dropped(slot, generation, status)
  }

  /** The slot is used again: nobody waits for what had it. */
  dropSlot(slot: number): void {
    if (this.unfinished.size === 0) return
    const one = this.unfinished.get(slot)
    if (one !== undefined) this.drop(slot, one.generation, undefined)
  }

  dropAll(): void {
    for (const [slot, { generation }] of this.unfinished) this.drop(slot, generation, undefined)
  }

  dropOverdue(nowMs: number): void {
    for (const [slot, { given, generation }] of this.unfinished) {
      const { expiryMs } = given
      if (expiryMs !== 0 && expiryMs < nowMs) this.drop(slot, generation, Status.overdue)
    }
  }

  /** @param hasMoved whether a request of this partition and stamp belongs to another row by now */
  dropMoved(hasMoved: (partition: number, stamp: number) => boolean): void {
    for (const [slot, { generation, frame }] of this.unfinished) {
      if (hasMoved(readU32(frame, Offset.partition), readU48(frame, Offset.tableVersion)))
        this.drop(slot, generation, Status.moved)
    }
  }
}
