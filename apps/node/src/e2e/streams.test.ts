import { attachProgram, type Program } from '@ring/messaging'
import { afterEach, expect, it } from 'vitest'
import { type DaemonProcess, fromSource, hasMembers, RingFiles } from './daemon-process.ts'
import { previousVersion } from './previous-version.ts'
import { ProgramProcess } from './program-process.ts'
import { because } from './skip-reason.ts'

const { version, folder, isPrepared, whyNot, daemon: before } = previousVersion

const toEnd: (() => unknown)[] = []

afterEach(async () => {
  for (const end of toEnd.splice(0).reverse()) await end()
})

/** A server and a slave, each of a version; where programs attach to them. */
async function started(server: readonly string[], slave: readonly string[]) {
  const files = new RingFiles(1)
  toEnd.push(() => files.remove())
  const daemons = [files.server(0, server), files.startSlave(slave)]
  for (const { child, ended } of daemons) {
    toEnd.push(() => {
      child.kill('SIGKILL')
      return ended
    })
  }
  const directoryOf = async (daemon: DaemonProcess): Promise<string> => {
    const directory = files.runtimeDirectory(await daemon.event('node.started'))
    await daemon.event('view.installed', hasMembers(1))
    await daemon.event('node.ready')
    return directory
  }
  const [atServer, atSlave] = await Promise.all(daemons.map(directoryOf))
  return { atServer: atServer!, atSlave: atSlave! }
}

async function attached(runtimeDirectory: string, role: 'server' | 'client'): Promise<Program> {
  const program = await attachProgram({ runtimeDirectory, role, name: role })
  toEnd.push(() => program.close({ drainMs: 0 }))
  return program
}

async function* threeItems(): AsyncGenerator<string> {
  for (const item of ['one ', 'two ', 'three']) {
    await Promise.resolve()
    yield item
  }
}

/** The items of a stream, then the message of its error if it has one. */
async function seen(stream: AsyncIterable<Uint8Array>): Promise<string[]> {
  const all: string[] = []
  try {
    for await (const item of stream) all.push(Buffer.from(item).toString())
  } catch (error) {
    all.push((error as Error).message)
  }
  return all
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString()
const waiting = { whenDown: 'wait' } as const

it('F2: a stream passes real nodes', async () => {
  const { atServer, atSlave } = await started(fromSource, fromSource)
  const serving = await attached(atServer, 'server')
  serving.serve(threeItems)
  const client = await attached(atSlave, 'client')
  expect(await seen(client.requestStream('key', '', waiting))).toEqual(['one ', 'two ', 'three'])
})

it.runIf(isPrepared)(
  `F6: nodes and programs of ${version} are in the way of streams, and callers hear what to upgrade${because(whyNot)}`,
  async () => {
    const oldServer = await started(before, fromSource)
    const serving = await attached(oldServer.atServer, 'server')
    serving.serve(threeItems)
    const client = await attached(oldServer.atSlave, 'client')
    expect(text(await client.request('key', '', waiting))).toBe('one two three')
    const advised = await seen(client.requestStream('key', ''))
    expect(advised).toEqual([expect.stringMatching(/on the way.*knows no streams; upgrade it/)])

    const oldSlave = await started(fromSource, before)
    const other = await attached(oldSlave.atServer, 'server')
    other.serve(threeItems)
    const beside = await attached(oldSlave.atSlave, 'client')
    expect(text(await beside.request('key', '', waiting))).toBe('one two three')
    expect(await seen(beside.requestStream('key', ''))).toEqual([
      expect.stringMatching(/^Not delivered: a call for a stream is not understood at the own node.*upgrade it/),
    ])

    const newNodes = await started(fromSource, fromSource)
    const echo = ProgramProcess.echo(newNodes.atServer, { folder })
    toEnd.push(() => echo.stop())
    await echo.attached
    const asking = await attached(newNodes.atSlave, 'client')
    expect(await seen(asking.requestStream('key', 'whole', waiting))).toEqual(['whole'])
  },
)
