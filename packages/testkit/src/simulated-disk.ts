import { below, type Disk, type DiskResult, type Random, unit } from '@ring/platform'
import type { Life } from './life.ts'
import type { Timeline } from './simulated-clock.ts'

/** How a simulated disk behaves; durations in milliseconds of the world. */
export interface DiskOptions {
  readonly latencyMinMs: number
  readonly latencyMaxMs: number
  /** How probable it is that a write fails, as on a full disk (0 to 1). A failed write changes nothing. */
  readonly writeFailure: number
}

export const defaultDiskOptions: DiskOptions = { latencyMinMs: 0.2, latencyMaxMs: 5, writeFailure: 0 }

type Write =
  | { readonly kind: 'replace'; readonly name: string; readonly bytes: Uint8Array }
  | { readonly kind: 'append'; readonly name: string; readonly bytes: Uint8Array }

type Operation =
  | { readonly kind: 'read'; readonly name: string; readonly finish: () => void }
  | { readonly kind: 'write'; readonly write: Write; readonly finish: () => void }

const nameShape = /^[a-z0-9.-]+$/

/**
 * A disk that outlives the processes that use it. Operations run one after another. A crash hits what is under way: a
 * replacement is done or not, an append leaves a prefix or rubbish, and whatever stood behind it in the queue is lost.
 */
export class SimulatedDisk {
  readonly #timeline: Timeline
  readonly #random: Random
  readonly #files = new Map<string, Uint8Array>()
  #queue: Operation[] = []
  #use = 0
  #timesForgotten = 0
  options: DiskOptions

  constructor(timeline: Timeline, random: Random, options: DiskOptions = defaultDiskOptions) {
    this.#timeline = timeline
    this.#random = random
    this.options = options
  }

  /** The disk as one life of a process sees it: answers end with the life. */
  forLife(life: Life): Disk {
    return {
      read: (name, done) => {
        checkName(name)
        this.#enqueue({
          kind: 'read',
          name,
          finish: () => {
            const value = this.contents(name)
            life.deliver(() => {
              done({ ok: true, value })
            })
          },
        })
      },
      replace: (name, bytes, done) => {
        this.#write(life, { kind: 'replace', name, bytes: bytes.slice() }, done)
      },
      append: (name, bytes, done) => {
        this.#write(life, { kind: 'append', name, bytes: bytes.slice() }, done)
      },
    }
  }

  /** A copy of a file as it is on the disk now. */
  contents(name: string): Uint8Array | undefined {
    return this.#files.get(name)?.slice()
  }

  names(): readonly string[] {
    return [...this.#files.keys()].sort()
  }

  /** Puts bytes where a test wants them: a file of another program, a flipped bit. */
  overwrite(name: string, bytes: Uint8Array): void {
    this.#files.set(name, bytes.slice())
  }

  get isEmpty(): boolean {
    return this.#files.size === 0
  }

  /** How often the disk was exchanged for an empty one. */
  get timesForgotten(): number {
    return this.#timesForgotten
  }

  /** The disk is exchanged for an empty one. */
  forget(): void {
    this.#timesForgotten++
    this.#files.clear()
  }

  /** The process ends in the middle of what it does. */
  crash(): void {
    const first = this.#queue[0]
    this.#queue = []
    this.#use++
    if (first?.kind === 'write') this.#tear(first.write)
  }

  #write(life: Life, write: Write, done: (result: DiskResult<void>) => void): void {
    checkName(write.name)
    this.#enqueue({
      kind: 'write',
      write,
      finish: () => {
        const failed = unit(this.#random) < this.options.writeFailure
        if (!failed) this.#apply(write)
        const result: DiskResult<void> = failed
          ? { ok: false, error: new Error('simulated disk: no space left') }
          : { ok: true, value: undefined }
        life.deliver(() => {
          done(result)
        })
      },
    })
  }

  #enqueue(operation: Operation): void {
    this.#queue.push(operation)
    if (this.#queue.length === 1) this.#runFirst()
  }

  #runFirst(): void {
    const operation = this.#queue[0]
    if (operation === undefined) return
    const use = this.#use
    const { latencyMinMs, latencyMaxMs } = this.options
    const latencyMs = latencyMinMs + unit(this.#random) * (latencyMaxMs - latencyMinMs)
    this.#timeline.queue.push(this.#timeline.nowMs + latencyMs, () => {
      if (use !== this.#use) return
      this.#queue.shift()
      // The next one starts before this one is answered: an answer may crash the process, and must not stop the disk.
      this.#runFirst()
      operation.finish()
    })
  }

  #apply(write: Write): void {
    if (write.kind === 'replace') this.#files.set(write.name, write.bytes)
    else this.#add(write.name, write.bytes)
  }

  #add(name: string, bytes: Uint8Array): void {
    const old = this.#files.get(name) ?? new Uint8Array(0)
    const longer = new Uint8Array(old.length + bytes.length)
    longer.set(old)
    longer.set(bytes, old.length)
    this.#files.set(name, longer)
  }

  #tear(write: Write): void {
    if (write.kind === 'replace') {
      if (below(this.#random, 2) === 0) this.#apply(write)
      return
    }
    const left = write.bytes.slice(0, below(this.#random, write.bytes.length + 1))
    if (below(this.#random, 3) === 0) for (let at = 0; at < left.length; at++) left[at] = below(this.#random, 256)
    if (left.length > 0) this.#add(write.name, left)
  }
}

function checkName(name: string): void {
  if (!nameShape.test(name)) throw new TypeError(`"${name}" is not a plain file name: use a-z, 0-9, dot and hyphen`)
}
