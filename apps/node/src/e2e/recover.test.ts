import { cpSync, existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { readStored } from '@ring/register'
import { FileDisk } from '@ring/transport'
import { afterEach, describe, expect, it } from 'vitest'
import { DaemonProcess, hasMembers, type LogLine, RingFiles } from './daemon-process.ts'
import { previousVersion } from './previous-version.ts'
import { because } from './skip-reason.ts'

const running: DaemonProcess[] = []
let files: RingFiles | undefined

afterEach(async () => {
  for (const daemon of running.splice(0)) {
    daemon.signal('SIGKILL')
    await daemon.ended
  }
  files?.remove()
  files = undefined
})

function ring(): RingFiles {
  files = new RingFiles(3)
  return files
}

function server(index: number, command?: readonly string[]): DaemonProcess {
  const daemon = files!.server(index, command)
  running.push(daemon)
  return daemon
}

async function kill(daemon: DaemonProcess): Promise<void> {
  running.splice(running.indexOf(daemon), 1)
  daemon.signal('SIGKILL')
  await daemon.ended
}

const nameOf = (index: number) => `127.0.0.1:${files!.servers[index]!.ctlPort}`
const stateOf = (index: number) => join(files!.directory, nameOf(index).replace(':', '-'), 'state')

function recover(index: number, ...args: readonly string[]) {
  const { ctlPort } = files!.servers[index]!
  const all = ['recover', '--config', files!.configuration, '--ctlport', `${ctlPort}`, ...args]
  return new DaemonProcess(all).ended
}

/** A view is visible when it is agreed on; on the disk of each voter it is a moment later. */
async function hasStoredVoters(index: number, count: number): Promise<void> {
  const disk = await FileDisk.open(stateOf(index))
  const voters = () =>
    new Promise<number>((resolve) =>
      readStored(disk, (read) => resolve(read.ok ? (read.value?.voters.length ?? 0) : 0)),
    )
  while ((await voters()) !== count) await new Promise((resolve) => setTimeout(resolve, 20))
}

async function statusOf(index: number): Promise<LogLine> {
  const response = await fetch(`http://127.0.0.1:${files!.servers[index]!.httpPort}/readyz`)
  return (await response.json()) as LogLine
}

async function isPrimary(index: number): Promise<void> {
  for (;;) {
    const { group } = await statusOf(index)
    if ((group as LogLine)['primary'] === true) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

describe('R8: ring-node recover', () => {
  it('a ring of three that lost two for good goes on with the third; what was lost comes back as newcomers', async () => {
    ring()
    const daemons = [0, 1, 2].map((index) => server(index))
    await Promise.all(daemons.map((daemon) => daemon.event('view.installed', hasMembers(3))))
    await hasStoredVoters(2, 3)
    const running = await recover(2, '--force', '--give-up', nameOf(0), nameOf(1))
    expect(running).toMatchObject({ code: 1, stderr: expect.stringContaining('Stop it') as string })

    await Promise.all(daemons.slice(0, 2).map(kill))
    // What comes back of the second one is a copy of its directory; of the first one nothing.
    const kept = join(files!.directory, 'kept')
    cpSync(stateOf(1), kept, { recursive: true })
    for (const index of [0, 1]) rmSync(join(stateOf(index), '..'), { recursive: true })
    await daemons[2]!.event('group.non-primary')
    await kill(daemons[2]!)

    const shown = await recover(2, '--json')
    expect(shown.code).toBe(3)
    expect(JSON.parse(shown.stdout)).toMatchObject({
      givesUp: expect.arrayContaining([nameOf(0), nameOf(1)]) as object,
    })
    const done = await recover(2, '--force', '--give-up', nameOf(0), nameOf(1), '--json')
    expect(done.code, done.stderr).toBe(0)
    expect(done.stderr).toContain('GIVEN UP')
    const { recovered } = JSON.parse(done.stdout) as { recovered: { lineage: string } }

    const third = server(2)
    await third.event('view.installed', hasMembers(1))
    expect(await third.event('group.recovered')).toMatchObject({ lineage: recovered.lineage, level: 'warn' })
    await third.event('node.ready')
    await isPrimary(2)

    mkdirSync(join(stateOf(1), '..'), { mode: 0o700 })
    cpSync(kept, stateOf(1), { recursive: true })
    const second = server(1)
    await second.event('view.installed', hasMembers(2))
    expect(await second.event('group.recovered')).toMatchObject({ lineage: recovered.lineage })
    expect(existsSync(stateOf(0))).toBe(false)
    const first = server(0)
    await Promise.all([first, second, third].map((daemon) => daemon.event('view.installed', hasMembers(3))))
    await Promise.all([0, 1, 2].map(isPrimary))
  })

  it.skipIf(!previousVersion.isPrepared)(
    `a running node of ${previousVersion.version} stops acting when it hears of it, and joins; it passes on what it joined${because(previousVersion.whyNot)}`,
    async () => {
      ring()
      const { daemon: before } = previousVersion
      const [lost, ours, theirs] = [server(0, before), server(1), server(2, before)] as const
      await Promise.all([lost, ours, theirs].map((daemon) => daemon.event('view.installed', hasMembers(3))))
      await hasStoredVoters(1, 3)
      await Promise.all([lost, ours].map(kill))
      await theirs.event('group.non-primary')
      const done = await recover(1, '--force', '--give-up', nameOf(0), nameOf(2), '--json')
      expect(done.code, done.stderr).toBe(0)
      const first = server(1)
      await theirs.event('member.rejoin')
      await theirs.event('view.installed', hasMembers(2))
      const joined = server(0)
      await Promise.all([first, theirs, joined].map((daemon) => daemon.event('view.installed', hasMembers(3))))
      // Then the older one coordinates, and lets it in again.
      first.signal('SIGTERM')
      await first.ended
      await Promise.all([theirs, joined].map((daemon) => daemon.event('view.installed', hasMembers(2))))
      const again = server(1)
      await again.event('view.installed', hasMembers(3))
      const { recovered } = JSON.parse(done.stdout) as { recovered: { lineage: string } }
      expect(await again.event('group.recovered')).toMatchObject({ lineage: recovered.lineage })
    },
  )
})
