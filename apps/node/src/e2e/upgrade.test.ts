import { setTimeout } from 'node:timers/promises'
import { afterEach, expect, it } from 'vitest'
import { type DaemonProcess, fromSource, hasMembers, RingFiles } from './daemon-process.ts'
import { buildLaterVersion } from './later-version.ts'
import { earlierVersion, previousVersion } from './previous-version.ts'
import { type Installation, ProgramProcess } from './program-process.ts'
import { because } from './skip-reason.ts'
import { storedRecord } from './stored-record.ts'

const { version, folder, isPrepared, whyNot, daemon } = previousVersion

/** What a ring begins with, before its nodes are replaced by this version's. */
interface Beginning {
  /** Where the packages of the programs come from. */
  readonly installation: Installation
  /** The arguments of Node that run its `ring-node`. */
  readonly daemon: readonly string[]
}

const versionBefore: Beginning = {
  installation: { folder },
  daemon,
}
const thisVersion: Beginning = { installation: 'source', daemon: fromSource }
const serverCount = 3
/** Longer than a server needs to leave, and no pause that membership would ask about. */
const standStillMs = 150

/** A ring of processes, with a program at every node. */
class RollingRing {
  readonly files = new RingFiles(serverCount)
  readonly daemons: DaemonProcess[] = []
  readonly programs: ProgramProcess[] = []
  readonly directories: string[] = []

  async start({ installation, daemon: command }: Beginning, options: object): Promise<void> {
    for (let index = 0; index <= serverCount; index++) this.daemons.push(this.#daemon(index, command))
    const started = await Promise.all(this.daemons.map((daemon) => daemon.event('node.started')))
    this.directories.push(...started.map((line) => this.files.runtimeDirectory(line)))
    await Promise.all(this.daemons.map((daemon) => daemon.event('view.installed', hasMembers(serverCount))))
    await Promise.all(this.daemons.map((daemon) => daemon.event('node.ready')))
    for (let index = 0; index < serverCount; index++) {
      this.programs.push(ProgramProcess.echo(this.directories[index]!, installation))
    }
    await Promise.all(this.programs.map((program) => program.attached))
    this.programs.push(ProgramProcess.load(this.directories[serverCount]!, options, installation))
    await this.programs[serverCount]!.attached
  }

  /** Ends a node in order and starts it again in another version; its program stays, and attaches again. */
  async replaceNode(index: number, command?: readonly string[]): Promise<void> {
    const { daemons } = this
    daemons[index]!.signal('SIGTERM')
    if (index < serverCount) await this.#standStill(daemons[serverCount]!)
    expect(await daemons[index]!.ended).toMatchObject({ code: 0 })
    daemons[index] = this.#daemon(index, command)
    await daemons[index].event('view.installed', hasMembers(serverCount))
    await daemons[index].event('node.ready')
  }

  async replaceServerProgram(index: number): Promise<void> {
    const fresh = ProgramProcess.echo(this.directories[index]!, 'source')
    await fresh.attached
    await this.programs[index]!.stop()
    this.programs[index] = fresh
  }

  async end(): Promise<void> {
    for (const { child, ended } of [...this.programs, ...this.daemons]) {
      child.kill('SIGKILL')
      await ended
    }
    this.files.remove()
  }

  /** It then finds all that the leaving server said at once, in whatever order the kernel tells of it. */
  async #standStill(daemon: DaemonProcess): Promise<void> {
    daemon.signal('SIGSTOP')
    await setTimeout(standStillMs)
    daemon.signal('SIGCONT')
  }

  #daemon(index: number, command?: readonly string[]): DaemonProcess {
    return index < serverCount ? this.files.server(index, command) : this.files.startSlave(command)
  }
}

let ring: RollingRing | undefined

afterEach(async () => {
  await ring?.end()
  ring = undefined
})

/** Replaces every node, one after the other, by one of the given version. */
async function replaceNodes(rolling: RollingRing, command?: readonly string[]): Promise<void> {
  for (let index = 0; index <= serverCount; index++) await rolling.replaceNode(index, command)
}

/** No request may have failed. */
async function expectAllAnswered(rolling: RollingRing): Promise<void> {
  const count = await rolling.programs[serverCount]!.stopLoad()
  expect(count.failed).toEqual({})
  expect(count.answered).toBe(count.sent)
  expect(count.answered).toBeGreaterThan(1000)
}

/** Replaces every node and every server program under load. */
async function replaceAll(beginning: Beginning, options: object): Promise<void> {
  ring = new RollingRing()
  await ring.start(beginning, options)
  await replaceNodes(ring)
  for (let index = 0; index < serverCount; index++) await ring.replaceServerProgram(index)
  await expectAllAnswered(ring)
}

it.runIf(isPrepared)(
  `F6: from ${version} to this version, node by node under load: no request fails${because(whyNot)}`,
  () => replaceAll(versionBefore, { idempotent: true }),
)

it('F6: all nodes restarted in turn under load: no request fails, also of those that must not run twice', () =>
  replaceAll(thisVersion, { whenDown: 'wait' }))

const stages = [earlierVersion, previousVersion]
const missing = stages.find((one) => !one.isPrepared)

it.skipIf(missing)(
  `F6, S1: from ${earlierVersion.version} to ${version}, to a later one with a part of its own, and back to this one: no request fails, nothing of the record is lost${because(missing?.whyNot)}`,
  async () => {
    const later = await buildLaterVersion()
    try {
      ring = new RollingRing()
      await ring.start(
        { installation: { folder: earlierVersion.folder }, daemon: earlierVersion.daemon },
        { idempotent: true },
      )
      await replaceNodes(ring, daemon)
      await replaceNodes(ring, later.daemon)
      const { state } = await storedRecord(ring.files, 0, serverCount)
      expect(state).toMatchObject({ born: expect.any(Number) as number })
      await replaceNodes(ring)
      for (let index = 0; index < serverCount; index++) {
        const { born } = (await storedRecord(ring.files, index, serverCount)).state as { readonly born: number }
        expect(born).toBe((state as { readonly born: number }).born)
        await ring.replaceServerProgram(index)
      }
      await expectAllAnswered(ring)
    } finally {
      later.remove()
    }
  },
)
