import { attachProgram, type Program } from '@ring/messaging'
import { afterEach, describe, expect, it } from 'vitest'
import { type DaemonProcess, fromSource, hasMembers, RingFiles } from './daemon-process.ts'
import { previousVersion } from './previous-version.ts'
import { ProgramProcess } from './program-process.ts'
import { because } from './skip-reason.ts'

const cleanUp: (() => unknown)[] = []
afterEach(async () => {
  for (const step of cleanUp.splice(0).reverse()) await step()
})

/** A server program of the service `accounts`, as a process of its own: it answers with its name and what it serves. */
const served = `
const { attachProgram } = await import('@ring/messaging')
const handler = ({ isAddressed }) => serves + ' at ' + place + (isAddressed ? ', addressed' : '')
await attachProgram({ runtimeDirectory, role: 'server', name: 'serving', service: serves, handler, reattach: true })
console.log('attached')
`

function serve(runtimeDirectory: string, place: string, serves?: string): ProgramProcess {
  const given = Object.entries({ runtimeDirectory, place, serves }).map(([name, value]) => {
    return `const ${name} = ${value === undefined ? 'undefined' : JSON.stringify(value)}\n`
  })
  const program = new ProgramProcess(given.join('') + served, 'source')
  cleanUp.push(() => {
    program.child.kill('SIGKILL')
    return program.ended
  })
  return program
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString()

/** Two servers, the first one of whichever version, and a slave with a client. */
async function ring(first: readonly string[]) {
  const files = new RingFiles(2)
  const daemons: DaemonProcess[] = []
  cleanUp.push(async () => {
    for (const daemon of daemons) daemon.signal('SIGKILL')
    for (const daemon of daemons) await daemon.ended
    files.remove()
  })
  daemons.push(files.server(0, first), files.server(1), files.startSlave())
  const started = await Promise.all(daemons.map((daemon) => daemon.event('node.started')))
  await Promise.all(daemons.map((daemon) => daemon.event('view.installed', hasMembers(2))))
  await Promise.all(daemons.map((daemon) => daemon.event('node.ready')))
  const directories = started.map((line) => files.runtimeDirectory(line))
  const names = files.servers.map(({ ctlPort }) => `127.0.0.1:${ctlPort}`)
  const client = await attachProgram({ runtimeDirectory: directories[2]!, role: 'client', name: 'asks' })
  cleanUp.push(() => client.close({ drainMs: 0 }))
  return { files, daemons, directories, names, client }
}

/** What each server answers to a broadcast: a text, or the reason why not. */
async function answersOf(calls: Pick<Program, 'broadcast'>): Promise<Record<string, string>> {
  const answers = await calls.broadcast('')
  const said: Record<string, string> = {}
  for (const answer of answers) {
    said[String(answer.server)] = answer.ok ? text(answer.body) : (answer.error as Error & { reason: string }).reason
  }
  return said
}

describe('services across processes', () => {
  it('F2: programs attach for a service at a daemon, and are reached by its name and by their server', async () => {
    const { directories, names, client } = await ring(fromSource)
    await Promise.all([
      serve(directories[0]!, 'one', 'accounts').attached,
      serve(directories[1]!, 'two', 'accounts').attached,
      serve(directories[0]!, 'one').attached,
    ])
    const accounts = client.service('accounts')
    expect(await answersOf(accounts)).toEqual({ [names[0]!]: 'accounts at one', [names[1]!]: 'accounts at two' })
    expect(await answersOf(client)).toEqual({ [names[0]!]: 'undefined at one', [names[1]!]: 'no-program' })
    expect(text(await accounts.requestTo(names[1]!, ''))).toBe('accounts at two, addressed')
    expect(text(await client.requestTo(names[0]!, ''))).toBe('undefined at one, addressed')
    await expect(client.service('ledger').requestTo(names[1]!, '')).rejects.toMatchObject({
      code: 'RING_NOT_DELIVERED_NO_SERVICE',
      service: 'ledger',
      server: names[1],
    })
  })

  it.skipIf(previousVersion.whyNot !== undefined)(
    `F6: a server of ${previousVersion.version} is sent none, says so to who attaches, and has them once it is upgraded${because(previousVersion.whyNot)}`,
    async () => {
      const { files, daemons, directories, names, client } = await ring(previousVersion.daemon)
      const accounts = client.service('accounts')
      await Promise.all([
        serve(directories[1]!, 'two', 'accounts').attached,
        serve(directories[0]!, 'one').attached,
        serve(directories[1]!, 'two').attached,
      ])
      const asServer = { runtimeDirectory: directories[0]!, role: 'server', name: 'x', service: 'accounts' } as const
      await expect(attachProgram(asServer)).rejects.toMatchObject({
        code: 'RING_ATTACH_REFUSED',
        message: expect.stringContaining('version before services') as string,
      })
      expect(await answersOf(accounts)).toEqual({ [names[0]!]: 'old-version', [names[1]!]: 'accounts at two' })
      expect(await answersOf(client)).toEqual({ [names[0]!]: 'undefined at one', [names[1]!]: 'undefined at two' })
      await expect(client.requestTo(names[0]!, '')).rejects.toMatchObject({ reason: 'old-version', server: names[0] })
      const waits = accounts.requestTo(names[0]!, '', { whenDown: 'wait', deadlineMs: 0 })
      daemons[0]!.signal('SIGTERM')
      await daemons[0]!.ended
      daemons[0] = files.server(0)
      await daemons[0].event('node.ready')
      await serve(directories[0]!, 'one', 'accounts').attached
      expect(text(await waits)).toBe('accounts at one, addressed')
    },
  )
})
