import type { DiskResult } from './disk.ts'

/** One thing for a disk to do. Of an append `bytes` may be those of several calls, and `done` then answers each. */
export type DiskTask =
  | { readonly kind: 'read'; readonly name: string; done(result: DiskResult<Uint8Array | undefined>): void }
  | { readonly kind: 'list'; done(result: DiskResult<readonly string[]>): void }
  | DiskWrite

export type DiskWrite =
  | {
      readonly kind: 'replace'
      readonly name: string
      readonly bytes: Uint8Array
      done(result: DiskResult<void>): void
    }
  | DiskAppend
  | { readonly kind: 'remove'; readonly name: string; done(result: DiskResult<void>): void }

interface DiskAppend {
  readonly kind: 'append'
  readonly name: string
  readonly bytes: Uint8Array
  done(result: DiskResult<void>): void
}

/**
 * In what order a disk does what it is asked: one task a name at a time, in the order of the calls, appends that waited
 * together as one; a list when all is done that was asked before it. It does nothing itself.
 */
export class DiskQueue {
  readonly #start: (task: DiskTask) => void
  /** Those of each name in the order of the calls; the first one is under way. */
  readonly #named = new Map<string, Queued[]>()
  #lists: Queued[] = []
  #asked = 0

  /** @param start begins a task, and does not call `done` before it returns; {@link end} is to follow once it is over */
  constructor(start: (task: DiskTask) => void) {
    this.#start = start
  }

  ask(task: DiskTask): void {
    const queued: Queued = { task, at: this.#asked++ }
    if (task.kind === 'list') {
      this.#lists.push(queued)
      this.#startLists()
      return
    }
    const waiting = this.#named.get(task.name)
    if (waiting) waiting.push(queued)
    else {
      this.#named.set(task.name, [queued])
      this.#start(task)
    }
  }

  /** The task is over: what waited for it begins. Its caller is to be answered after this, so that no answer delays it. */
  end(task: DiskTask): void {
    if (task.kind !== 'list') this.#endNamed(task.name)
    this.#startLists()
  }

  /** Forgets everything. Returns the writes that are under way. */
  clear(): readonly DiskWrite[] {
    const first = [...this.#named.values()].map((waiting) => waiting[0]!.task)
    this.#named.clear()
    this.#lists = []
    return first.filter((task) => task.kind !== 'read' && task.kind !== 'list')
  }

  #endNamed(name: string): void {
    const [, ...waiting] = this.#named.get(name)!
    const next = waiting.shift()
    if (next === undefined) {
      this.#named.delete(name)
      return
    }
    const shared = next.task.kind === 'append' ? waiting.findIndex(({ task }) => task.kind !== 'append') : 0
    const taken = waiting.splice(0, shared < 0 ? waiting.length : shared)
    // It counts from its first: a list that was asked before the last of them waits for all.
    const group: Queued = { task: together(next.task, taken), at: next.at }
    this.#named.set(name, [group, ...waiting])
    this.#start(group.task)
  }

  #startLists(): void {
    const oldest = Math.min(...[...this.#named.values()].map((waiting) => waiting[0]!.at))
    const ready = this.#lists.filter(({ at }) => at < oldest)
    if (ready.length === 0) return
    this.#lists = this.#lists.filter(({ at }) => at >= oldest)
    for (const { task } of ready) this.#start(task)
  }
}

interface Queued {
  readonly task: DiskTask
  /** How many calls came before it. */
  readonly at: number
}

function together(first: DiskTask, more: readonly Queued[]): DiskTask {
  const appends = [first, ...more.map(({ task }) => task)].filter((task) => task.kind === 'append')
  if (more.length === 0 || appends.length === 0) return first
  return {
    kind: 'append',
    name: appends[0]!.name,
    bytes: joined(appends.map(({ bytes }) => bytes)),
    done: (result) => {
      for (const { done } of appends) done(result)
    },
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
