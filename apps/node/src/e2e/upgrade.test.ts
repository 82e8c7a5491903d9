import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { type DaemonProcess, hasMembers, RingFiles } from './daemon-process.ts'
import { type Installation, ProgramProcess } from './program-process.ts'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const { commit, version } = JSON.parse(readFileSync(join(root, 'scripts', 'previous-version.json'), 'utf8')) as {
  commit: string
  version: string
}
const folder = join(root, '.ring', 'previous', `${version}-${commit.slice(0, 12)}`)
const isPrepared = existsSync(folder)
if (!isPrepared) console.log(`skipped: the upgrade from ${version}; "npm run test:upgrade" packs that version first`)

const before: Installation = { folder }
const oldDaemon = [join(folder, 'node_modules', '@ring', 'node', 'dist', 'main.js')]
const serverCount = 3

/** A ring of processes, each of the version before at first, with a program at every node. */
class UpgradedRing {
  readonly files = new RingFiles(serverCount)
  readonly daemons: DaemonProcess[] = []
  readonly programs: ProgramProcess[] = []
  readonly directories: string[] = []

  async start(options: object): Promise<void> {
    for (let index = 0; index <= serverCount; index++) this.daemons.push(this.#daemon(index, oldDaemon))
    const started = await Promise.all(this.daemons.map((daemon) => daemon.event('node.started')))
    this.directories.push(...started.map((line) => this.files.runtimeDirectory(line)))
    await Promise.all(this.daemons.map((daemon) => daemon.event('view.installed', hasMembers(serverCount))))
    await Promise.all(this.daemons.map((daemon) => daemon.event('node.ready')))
    for (let index = 0; index < serverCount; index++) {
      this.programs.push(ProgramProcess.echo(this.directories[index]!, before))
    }
    await Promise.all(this.programs.map((program) => program.attached))
    this.programs.push(ProgramProcess.load(this.directories[serverCount]!, options, before))
    await this.programs[serverCount]!.attached
  }

  /** Ends a node in order and starts it again in this version; its program stays, and attaches again. */
  async upgradeNode(index: number): Promise<void> {
    const { daemons } = this
    daemons[index]!.signal('SIGTERM')
    expect(await daemons[index]!.ended).toMatchObject({ code: 0 })
    daemons[index] = this.#daemon(index)
    await daemons[index].event('view.installed', hasMembers(serverCount))
    await daemons[index].event('node.ready')
  }

  async upgradeServerProgram(index: number): Promise<void> {
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

  #daemon(index: number, command?: readonly string[]): DaemonProcess {
    return index < serverCount ? this.files.server(index, command) : this.files.startSlave(command)
  }
}

let ring: UpgradedRing

afterEach(() => ring.end())

describe.runIf(isPrepared)(`F6: from ${version} to this version, node by node under load`, () => {
  it.each([{ kind: 'requests that may run twice', options: { idempotent: true } }])(
    'no request fails: $kind',
    async ({ options }) => {
      ring = new UpgradedRing()
      await ring.start(options)
      for (let index = 0; index <= serverCount; index++) await ring.upgradeNode(index)
      for (let index = 0; index < serverCount; index++) await ring.upgradeServerProgram(index)
      const count = await ring.programs[serverCount]!.stopLoad()
      console.log(JSON.stringify(count))
      expect(count.failed).toEqual({})
      expect(count.answered).toBe(count.sent)
      expect(count.answered).toBeGreaterThan(1000)
    },
  )
})
