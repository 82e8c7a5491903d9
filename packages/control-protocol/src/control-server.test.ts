import { afterEach, describe, expect, it } from 'vitest'
import { closeAll, type ServedNode, serve } from './control-server.testdata.ts'
import { chmpxOutcome, type Outcome } from './core/commands/outcome.ts'
import { captured } from './counting-target.testdata.ts'
import { until } from './manual-clock.testdata.ts'

afterEach(closeAll)

const version = 'Version 1.0.113 (commit: c569e0e) with OpenSSL\n'

/** The server waits for so many milliseconds of something. */
const isWaiting = ({ clock }: ServedNode, ms: number) => until(() => clock.due.includes(ms))

describe('A6: a control port', () => {
  it('answers one command and ends, however the command is ended', async () => {
    const node = await serve()
    for (const said of ['VERSION\n', 'version\r\n', 'VERSION\0', 'VERSION\nSELFSTATUS\n'])
      expect(await node.client().say(said).reply(), said).toBe(version)
    const ended = node.client()
    ended.socket.end('VERSION')
    expect(await ended.reply()).toBe(version)
    expect(await node.client().say('SELFSTATUS\0').reply()).toBe(captured('chmpx-SELFSTATUS.txt'))
    expect(await node.client().say('\0').reply()).toBe('')
    expect(await node.client().say('\n').reply()).toBe('Unknown command()\n')
  })

  it('puts a command together that comes in pieces', async () => {
    const node = await serve()
    const client = node.client()
    for (const piece of 'SERVICEOUT 10.99.0.1:9031') {
      const before = client.socket.bytesWritten
      client.say(piece)
      await until(() => client.socket.bytesWritten > before)
      node.clock.advance(10)
    }
    client.say('\n')
    expect(await client.reply()).toBe('SUCCEED\n')
    expect(node.target.executed).toMatchObject([{ name: 'SERVICEOUT', server: { ctlport: 9031 } }])
  })

  it('takes 200 ms of silence for the end of a known command', async () => {
    const node = await serve()
    const client = node.client().say('VERSION')
    await isWaiting(node, 200)
    node.clock.advance(199)
    expect(client.text).toBe('')
    node.clock.advance(1)
    expect(await client.reply()).toBe(version)
  })

  it('waits 5 s for a command, and serves others meanwhile', async () => {
    const node = await serve()
    const silent = node.client()
    const partial = node.client().say('FO')
    await until(() => node.server.counts.accepted === 2)
    await until(() => node.clock.due.filter((ms) => ms === 5000).length === 2)
    node.clock.advance(4999)
    expect(await node.client().say('VERSION\n').reply()).toBe(version)
    expect([silent.hasEnded, partial.hasEnded]).toEqual([false, false])
    node.clock.advance(1)
    expect(await silent.reply()).toBe('')
    expect(await partial.reply()).toBe('Unknown command(FO)\n')
  })

  it('ends a client that does not end its side', async () => {
    const node = await serve()
    const client = node.client({ allowHalfOpen: true }).say('VERSION\n')
    await client.reply()
    await isWaiting(node, 2000)
    client.say('more')
    node.clock.advance(1999)
    expect(await node.client().say('SELFSTATUS\n').reply()).toContain('On Control port       = 2')
    node.clock.advance(1)
    // What is sent from now on, is answered with a reset.
    await until(() => {
      if (!client.isClosed) client.say('more')
      return client.isClosed
    })
  })

  it('refuses a line of 1 MB with an error that arrives', async () => {
    const node = await serve()
    const client = node.client().say(new Uint8Array(1_000_000).fill(65))
    expect(await client.reply()).toBe('ERROR: The command is longer than 8191 bytes.\n')
    expect(await node.client().say('VERSION\n').reply()).toBe(version)
  })

  it('answers binary with a line that harms no terminal', async () => {
    const node = await serve()
    const client = node.client().say(new Uint8Array([0x1b, 0x5b, 0x32, 0x4a, 0xff, 0xfe, 0x07, 0x0a]))
    expect(Buffer.from(await client.reply(), 'latin1').toString()).toBe('Unknown command(?[2J\ufffd\ufffd?)\n')
  })

  it('has several commands one after the other for who asks for it', async () => {
    const node = await serve()
    let finish: (outcome: Outcome) => void = () => undefined
    node.target.outcome = () => new Promise((resolve) => void (finish = resolve))
    const client = node.client().say('KEEP\nMERGE\n\nVERSION\r\n.\nQUIT\nVERSION\n')
    await until(() => node.target.executed.length === 1)
    await until(() => client.text === 'SUCCEED\n.\n')
    finish(chmpxOutcome('done'))
    expect(await client.reply()).toBe(`SUCCEED\n.\nSUCCEED\n.\n${version}.\nUnknown command(.)\n.\n`)
  })

  it('a kept connection may rest, but not for ever', async () => {
    const node = await serve()
    const client = node.client().say('KEEP\n')
    await until(() => client.text !== '')
    await isWaiting(node, 60_000)
    node.clock.advance(59_000)
    client.say('VERSION\n')
    await until(() => client.text.includes(version))
    await isWaiting(node, 60_000)
    node.clock.advance(60_000)
    expect(await client.reply()).toBe(`SUCCEED\n.\n${version}.\n`)
  })

  it('a command that takes too long is answered, and told that nobody waits', async () => {
    const node = await serve()
    const signals: AbortSignal[] = []
    node.target.outcome = (_command, signal) => {
      signals.push(signal)
      return new Promise(() => undefined)
    }
    const client = node.client().say('MERGE\n')
    // More than a socket of Node reads that nobody reads from.
    const form = { name: 'MUCH', usage: '', argumentsMax: 0, kind: 'read', options: [], help: 'A lot.' } as const
    node.server.register(form, () => ({ text: () => 'x'.repeat(150_000), json: () => ({}) }))
    const waiting = node.client()
    waiting.socket.pause()
    waiting.say('KEEP\nMUCH\nMERGE WAIT\n')
    await until(() => signals.length === 2)
    node.clock.advance(30_000)
    expect(await client.reply()).toBe(
      'ERROR: MERGE took too long.\n  It may have happened, or may still happen: SELFSTATUS shows it.\n',
    )
    expect(signals.filter(({ aborted }) => aborted)).toHaveLength(1)
    // With a reply unread, what the system sends is a reset: of an end, nobody can tell whether a reply is still wanted.
    waiting.socket.destroy()
    await until(() => signals.every(({ aborted }) => aborted))
  })

  it('ends everything when it stops', async () => {
    const node = await serve()
    node.target.outcome = () => new Promise(() => undefined)
    const waiting = node.client().say('MERGE WAIT\n')
    await until(() => node.target.executed.length === 1)
    node.server.stop()
    await until(() => waiting.isClosed)
    expect(node.clock.due).toEqual([])
  })

  it('has commands of other parts', async () => {
    const node = await serve()
    const form = { name: 'LOCKS', usage: '', argumentsMax: 0, kind: 'read', options: [], help: 'Show locks.' } as const
    node.server.register(form, () => ({ text: () => '.\n..x\n', json: () => ({}) }))
    const client = node.client().say('KEEP\nlocks\nQUIT\n')
    expect(await client.reply()).toBe('SUCCEED\n.\n..\n...x\n.\n')
  })

  it('says whose command changed what in the log', async () => {
    const node = await serve()
    await node.client().say('VERSION\n').reply()
    await node.client().say('MERGE\n').reply()
    const commands = node.logged.filter(({ event }) => event === 'operator.command')
    expect(commands).toEqual([{ event: 'operator.command', from: '127.0.0.1', command: 'MERGE', reply: 'SUCCEED' }])
  })

  it('a port that is in use is an error that names the key, and nothing stays open', async () => {
    const node = await serve()
    await expect(serve({ listen: { hosts: ['127.0.0.1'], port: node.port } })).rejects.toMatchObject({
      code: 'RING_PORT_BUSY',
      message: expect.stringContaining('CTLPORT') as string,
    })
    await expect(serve({ listen: { hosts: ['127.0.0.1', '192.0.2.1'], port: 0 } })).rejects.toMatchObject({
      code: 'RING_LISTEN_FAILED',
    })
  })
})
