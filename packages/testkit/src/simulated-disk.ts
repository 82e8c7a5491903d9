import {
  below,
  checkFileName,
  type Disk,
  DiskError,
  DiskQueue,
  type DiskResult,
  type DiskTask,
  type DiskWrite,
  type Random,
  unit,
} from '@ring/platform'
import type { Life } from './network/life.ts'
import type { Timeline } from './time/simulated-clock.ts'

/** How a simulated disk behaves; durations in milliseconds of the world. */
export interface DiskOptions {
  readonly latencyMinMs: number
  readonly latencyMaxMs: number
  /** How probable it is that a write fails, as on a full disk (0 to 1). It leaves all that {@link Disk} allows. */
  readonly writeFailure: number
}

export const defaultDiskOptions: DiskOptions = { latencyMinMs: 0.2, latencyMaxMs: 5, writeFailure: 0 }

/**
 * A disk that outlives the processes that use it, and does to them whatever {@link Disk} does not exclude. A crash hits
 * what is under way of each name: a replacement or removal is done or not, an append leaves a prefix or rubbish, and
 * whatever waited behind it is lost.
 */
export class SimulatedDisk {
  readonly #timeline: Timeline
  readonly #random: Random
  readonly #files = new Map<string, Uint8Array>()
  /** Files whose end is not known since an append failed, until they are written anew. */
  readonly #torn = new Set<string>()
  readonly #queue = new DiskQueue((task) => this.#start(task))
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
    const told =
      <T>(done: (result: DiskResult<T>) => void) =>
      (result: DiskResult<T>): void => {
        life.deliver(() => {
          done(result)
        })
      }
    const ask = (task: DiskTask): void => {
      if (task.kind !== 'list') checkFileName(task.name)
      this.#queue.ask(task)
    }
    return {
      read: (name, done) => ask({ kind: 'read', name, done: told(done) }),
      list: (done) => ask({ kind: 'list', done: told(done) }),
      replace: (name, bytes, done) => ask({ kind: 'replace', name, bytes: Uint8Array.from(bytes), done: told(done) }),
      append: (name, bytes, done) => ask({ kind: 'append', name, bytes: Uint8Array.from(bytes), done: told(done) }),
      remove: (name, done) => ask({ kind: 'remove', name, done: told(done) }),
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
    this.#torn.delete(name)
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
    this.#use++
    this.#torn.clear()
    for (const write of this.#queue.clear()) this.#leave(write)
  }

  #start(task: DiskTask): void {
    const use = this.#use
    const { latencyMinMs, latencyMaxMs } = this.options
    const latencyMs = latencyMinMs + unit(this.#random) * (latencyMaxMs - latencyMinMs)
    this.#timeline.queue.push(this.#timeline.nowMs + latencyMs, () => {
      if (use === this.#use) this.#finish(task)
    })
  }

  /** The next one begins before this one is answered: an answer may crash the process, and must not stop the disk. */
  #finish(task: DiskTask): void {
    if (task.kind === 'read') {
      const value = this.contents(task.name)
      this.#queue.end(task)
      task.done({ ok: true, value })
    } else if (task.kind === 'list') {
      const value = this.names()
      this.#queue.end(task)
      task.done({ ok: true, value })
    } else {
      const result = this.#write(task)
      this.#queue.end(task)
      task.done(result)
    }
  }

  #write(write: DiskWrite): DiskResult<void> {
    if (write.kind === 'append' && this.#torn.has(write.name)) return failed(write, 'torn')
    if (unit(this.#random) < this.options.writeFailure) return this.#fail(write)
    this.#apply(write)
    return { ok: true, value: undefined }
  }

  #fail(write: DiskWrite): DiskResult<void> {
    if (below(this.#random, 2) === 0) return failed(write, 'unchanged')
    this.#leave(write)
    if (write.kind !== 'append') return failed(write, 'either')
    this.#torn.add(write.name)
    return failed(write, 'torn')
  }

  #apply(write: DiskWrite): void {
    if (write.kind === 'append') this.#add(write.name, write.bytes)
    else {
      this.#torn.delete(write.name)
      if (write.kind === 'replace') this.#files.set(write.name, write.bytes)
      else this.#files.delete(write.name)
    }
  }

  #add(name: string, bytes: Uint8Array): void {
    const old = this.#files.get(name) ?? new Uint8Array(0)
    const longer = new Uint8Array(old.length + bytes.length)
    longer.set(old)
    longer.set(bytes, old.length)
    this.#files.set(name, longer)
  }

  /** What a write leaves that does not come to its end. */
  #leave(write: DiskWrite): void {
    if (write.kind !== 'append') {
      if (below(this.#random, 2) === 0) this.#apply(write)
      return
    }
    const left = write.bytes.slice(0, below(this.#random, write.bytes.length + 1))
    if (below(this.#random, 3) === 0) for (let at = 0; at < left.length; at++) left[at] = below(this.#random, 256)
    // A new file may be there, though nothing of its bytes is.
    if (left.length > 0 || below(this.#random, 2) === 0) this.#add(write.name, left)
  }
}

function failed(write: DiskWrite, left: DiskError['left']): DiskResult<void> {
  return { ok: false, error: new DiskError(write.kind, write.name, left, new Error('simulated disk: no space left')) }
}
