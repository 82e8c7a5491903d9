import { createServer, type Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { askControl } from './control-client.ts'
import { closeAll, opened, serve } from './control-server.testdata.ts'
import { captured } from './counting-target.testdata.ts'
import { ManualClock, until } from './manual-clock.testdata.ts'

afterEach(closeAll)

/** A listener that does as the test says with each connection. */
async function listener(onConnection: (socket: Socket) => void): Promise<{ host: string; port: number }> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    opened.push(() => socket.destroy())
    onConnection(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  opened.push(() => server.close())
  return { host: '127.0.0.1', port: (server.address() as { port: number }).port }
}

describe('A12: a client of the control port', () => {
  it('asks a CHMPX node as CHMPX does: one command, ended with NUL, and the reply ends with the connection', async () => {
    const heard: string[] = []
    const at = await listener((socket) =>
      // It takes what one read gives for the command.
      socket.once('data', (piece: Buffer) => {
        heard.push(piece.toString('latin1'))
        socket.end(captured('chmpx-DUMP.txt'))
      }),
    )
    expect(await askControl({ ...at, command: 'DUMP' })).toBe(captured('chmpx-DUMP.txt'))
    expect(heard).toEqual(['DUMP\0'])
  })

  it('says that nothing happened where the node cannot be reached', async () => {
    const at = await listener(() => undefined)
    closeAll()
    await expect(askControl({ ...at, command: 'MERGE' })).rejects.toMatchObject({
      ...{ code: 'RING_CONTROL_UNREACHABLE', happened: 'no' },
      message: expect.stringMatching(
        /^MERGE to 127\.0\.0\.1:\d+ could not be sent: .*\. It did not happen\.$/,
      ) as string,
    })
  })

  it('says why for a name with several addresses, too', async () => {
    const at = await listener(() => undefined)
    closeAll()
    await expect(askControl({ ...at, host: 'localhost', command: 'VERSION' })).rejects.toMatchObject({
      message: expect.stringContaining('ECONNREFUSED') as string,
    })
  })

  it('after a time-out says whether it may have happened', async () => {
    const sockets: Socket[] = []
    const at = await listener((socket) => void sockets.push(socket.resume()))
    for (const [command, happened] of [
      ['MERGE', 'maybe'],
      ['UNHEARDOF', 'maybe'],
      ['SERVICEOUT a:1 --plan', 'no'],
      ['DUMP JSON', 'no'],
    ] as const) {
      const clock = new ManualClock()
      const before = sockets.length
      const asked = askControl({ ...at, command, clock, timeoutMs: 700 })
      const ended = asked.catch((error: unknown) => error)
      await until(() => sockets.length > before && sockets.at(-1)!.bytesRead > 0)
      clock.advance(700)
      expect(await ended, command).toMatchObject({ code: 'RING_CONTROL_TIMEOUT', happened })
      expect(clock.due).toEqual([])
    }
  })

  it('tells a closed connection from a reply', async () => {
    const closing = await listener((socket) => socket.resume().end())
    await expect(askControl({ ...closing, command: 'VERSION' })).rejects.toMatchObject({ code: 'RING_CONTROL_CLOSED' })
    const resetting = await listener((socket) => {
      socket.write('half a re')
      socket.once('data', () => socket.resetAndDestroy())
    })
    await expect(askControl({ ...resetting, command: 'MERGE' })).rejects.toMatchObject({
      ...{ code: 'RING_CONTROL_CLOSED', happened: 'maybe' },
    })
  })

  it('takes no more than it may', async () => {
    const at = await listener((socket) => {
      const more = () => {
        let goesOn = socket.writable
        while (goesOn) goesOn = socket.write('x'.repeat(65_536)) && socket.writable
      }
      socket.on('drain', more)
      more()
    })
    await expect(askControl({ ...at, command: 'DUMP', replyBytesMax: 1_000_000 })).rejects.toMatchObject({
      code: 'RING_CONTROL_TOO_LONG',
    })
  })

  it('is given up by a signal, before and while it waits', async () => {
    let accepted = 0
    const at = await listener((socket) => {
      accepted++
      socket.resume()
    })
    const done = AbortSignal.abort()
    await expect(askControl({ ...at, command: 'MERGE', signal: done })).rejects.toMatchObject({
      ...{ code: 'RING_CONTROL_ABORTED', happened: 'no' },
    })
    const control = new AbortController()
    const ended = askControl({ ...at, command: 'MERGE', signal: control.signal }).catch((error: unknown) => error)
    await until(() => accepted === 1)
    control.abort()
    expect(await ended).toMatchObject({ code: 'RING_CONTROL_ABORTED' })
  })

  it('sends no second command in disguise, and shows no token', async () => {
    const node = await serve()
    const at = { host: '127.0.0.1', port: node.port }
    for (const wrong of [
      { command: 'VERSION\nMERGE' },
      { command: '' },
      { command: 'VERSION', token: 'a b' },
      { command: 'VERSION', port: -1 },
    ])
      await expect(askControl({ ...at, ...wrong })).rejects.toMatchObject({ code: 'RING_ARGUMENT' })
    await expect(askControl({ ...at, command: 'VERSION', token: 'x\nMERGE' })).rejects.not.toThrow(/MERGE/)
    expect(node.target.executed).toEqual([])
  })
})
