import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Disk, type DiskResult, nodeName } from '@ring/platform'
import { type NodeEnvironment, World } from '@ring/testkit'
import { FileDisk } from '../disk/file-disk.ts'
import { StruckFileSystem } from './struck-file-system.ts'

/** A machine whose disk can be asked, whichever kind of disk it is. */
export interface DiskMachine {
  readonly disk: Disk
  /** Asks, and waits for the answer. */
  ask<T>(call: (disk: Disk, done: (result: DiskResult<T>) => void) => void): Promise<DiskResult<T>>
  /** The process ends in the middle of what `calls` asked; `disk` is what the next one sees. */
  crashDuring(calls: (disk: Disk) => void): Promise<void>
  /** Writes fail from now on, or no longer. */
  fail(on: boolean): void
  close(): Promise<void>
}

export interface DiskKind {
  readonly kind: string
  /** Machines that differ in what a crash or a failure does: by the seed, or by the call that it strikes. */
  readonly ways: readonly number[]
  machine(way: number): Promise<DiskMachine>
}

export const diskKinds: readonly DiskKind[] = [
  { kind: 'simulated', ways: Array.from({ length: 200 }, (_, at) => at + 1), machine: simulated },
  { kind: 'of the machine', ways: Array.from({ length: 28 }, (_, at) => at), machine: real },
]

function simulated(seed: number): Promise<DiskMachine> {
  const world = new World({ seed })
  const node = world.addNode(nodeName('a'), (environment: NodeEnvironment) => ({ environment }))
  const machine: DiskMachine = {
    get disk() {
      return node.process!.environment.disk
    },
    ask: (call) =>
      new Promise((resolve) => {
        let answered = false
        call(machine.disk, (result) => {
          answered = true
          resolve(result)
        })
        world.run(() => answered)
      }),
    crashDuring: (calls) => {
      calls(machine.disk)
      world.run(world.nowMs + (seed % 12))
      node.restart()
      return Promise.resolve()
    },
    fail: (on) => {
      node.disk.options = { ...node.disk.options, writeFailure: on ? 1 : 0 }
    },
    close: () => Promise.resolve(),
  }
  return Promise.resolve(machine)
}

/** @param way which call of the file system is struck, and, where that is to fail, whether all behind it fail, too */
async function real(way: number): Promise<DiskMachine> {
  const directory = await mkdtemp(join(tmpdir(), 'ring-disk-machine-'))
  const after = way >> 1
  let files = new StruckFileSystem()
  let disk = await FileDisk.open(directory, files)
  return {
    get disk() {
      return disk
    },
    ask: (call) => new Promise((resolve) => call(disk, resolve)),
    crashDuring: async (calls) => {
      const ended = files.endAfter(after)
      calls(disk)
      // Either the process has ended, or everything was done before it would have.
      await Promise.race([ended, disk.idle()])
      files = new StruckFileSystem()
      disk = await FileDisk.open(directory, files)
    },
    fail: (on) => {
      if (on) files.failAfter(after, way % 2 === 0 ? 'one' : 'all')
      else files.heal()
    },
    close: async () => {
      await disk.idle()
      await rm(directory, { recursive: true })
    },
  }
}
