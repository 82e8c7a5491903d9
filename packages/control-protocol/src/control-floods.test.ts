import { afterEach, describe, expect, it } from 'vitest'
import { closeAll, serve } from './control-server.testdata.ts'
import { chmpxOutcome, type Outcome } from './core/commands/outcome.ts'
import { until } from './manual-clock.testdata.ts'

afterEach(closeAll)

const version = 'Version 1.0.113 (commit: c569e0e) with OpenSSL\n'

describe('A6: bad clients cost nothing, and nobody waits for them', () => {
  it('silent connections make room for the next, those that came first before others', async () => {
    const node = await serve({ bounds: { connectionsPerAddressMax: 8, connectionsMax: 8 } })
    const silent = Array.from({ length: 50 }, () => node.client())
    await until(() => node.server.counts.accepted === 50)
    expect(await node.client().say('VERSION\n').reply()).toBe(version)
    await until(() => silent.filter(({ isClosed }) => isClosed).length >= 42)
    expect(node.server.counts.displaced).toBe(43)
    expect(silent.slice(-7).every(({ isClosed }) => !isClosed)).toBe(true)
  })

  it('there are no more than so many connections, from however many addresses', async () => {
    const node = await serve({ bounds: { connectionsPerAddressMax: 2, connectionsMax: 4 } })
    const addresses = Array.from({ length: 10 }, (_, at) => `127.0.0.${at + 2}`)
    const silent = addresses.map((localAddress) => node.client({ localAddress }))
    await until(() => node.server.counts.accepted === 10)
    expect(await node.client().say('SELFSTATUS\n').reply()).toContain('On Control port       = 4')
    expect(node.server.counts.displaced).toBe(7)
    await until(() => silent.filter(({ isClosed }) => isClosed).length === 7)
  })

  it('strangers make no room at the cost of who may use the port', async () => {
    const node = await serve({
      access: (address) => (address === '127.0.0.1' ? 'change' : 'refused'),
      tokens: ['s3cret'],
      bounds: { connectionsMax: 4 },
    })
    const operator = node.client().say('KEEP\n')
    await until(() => operator.text !== '')
    const strangers = Array.from({ length: 20 }, (_, at) => node.client({ localAddress: `127.0.0.${at + 2}` }))
    await until(() => strangers.filter(({ isClosed }) => isClosed).length === 17)
    expect(await node.client().say('VERSION\n').reply()).toBe(version)
    // Not even where there is nobody else.
    const kept = Array.from({ length: 3 }, () => node.client().say('KEEP\n'))
    await until(() => kept.every(({ text }) => text !== ''))
    expect(await node.client({ localAddress: '127.0.0.99' }).say('TOKEN s3cret\n').reply()).toBe('')
    expect(kept.some(({ isClosed }) => isClosed)).toBe(false)
    operator.say('VERSION\nQUIT\n')
    expect(await operator.reply()).toBe(`SUCCEED\n.\n${version}.\n`)
  })

  it('what is sent behind the only command is thrown away, and its reply still comes', async () => {
    const node = await serve()
    let finish: (outcome: Outcome) => void = () => undefined
    node.target.outcome = () => new Promise((resolve) => void (finish = resolve))
    const client = node.client().say('MERGE WAIT\n')
    await until(() => node.target.executed.length === 1)
    client.say(new Uint8Array(32 * 1024 * 1024).fill(65))
    await until(() => client.socket.writableLength === 0)
    finish(chmpxOutcome('done'))
    expect(await client.reply()).toBe('SUCCEED\n')
  })

  it('where all connections are busy, the next is turned away and those go on', async () => {
    const node = await serve({ bounds: { connectionsPerAddressMax: 2 } })
    node.target.outcome = () => new Promise(() => undefined)
    const busy = [node.client().say('MERGE WAIT\n'), node.client().say('MERGE WAIT\n')]
    await until(() => node.target.executed.length === 2)
    expect(await node.client().say('VERSION\n').reply()).toBe('')
    expect(busy.some(({ isClosed }) => isClosed)).toBe(false)
    // One whose client has ended its side may have gone.
    busy[0]!.socket.end()
    await until(() => node.server.counts.refused === 1)
    let reply = ''
    for (let tries = 0; reply === '' && tries < 100; tries++) reply = await node.client().say('VERSION\n').reply()
    expect(reply).toBe(version)
    expect(busy[1]!.isClosed).toBe(false)
  })

  it('a client that does not read its reply is given up, and blocks nobody', async () => {
    const node = await serve()
    const text = 'x'.repeat(64 * 1024 * 1024)
    const form = { name: 'MUCH', usage: '', argumentsMax: 0, kind: 'read', options: [], help: 'A lot.' } as const
    node.server.register(form, () => ({ text: () => text, json: () => ({}) }))
    const client = node.client()
    client.socket.pause()
    client.say('MUCH\n')
    await until(() => node.clock.due.includes(10_000))
    expect(await node.client().say('VERSION\n').reply()).toBe(version)
    // The system takes some of it; then nothing goes on.
    let before = -1
    while (before !== node.clock.due.length) {
      before = node.clock.due.length
      for (let turn = 0; turn < 200; turn++) await new Promise((resolve) => setImmediate(resolve))
    }
    node.clock.advance(10_000)
    client.socket.resume()
    await client.reply()
    expect(client.text.length).toBeLessThan(text.length)
  })

  it('a client that reads gets all of a long reply', async () => {
    const node = await serve()
    const text = `${'0123456789'.repeat(500_000)}\n`
    const form = { name: 'MUCH', usage: '', argumentsMax: 0, kind: 'read', options: [], help: 'A lot.' } as const
    node.server.register(form, () => ({ text: () => text, json: () => ({}) }))
    expect((await node.client().say('MUCH\n').reply()) === text).toBe(true)
  })

  it('a client that sends faster than its commands run is not read any further', async () => {
    const node = await serve()
    node.target.outcome = () => new Promise(() => undefined)
    const client = node.client().say('KEEP\nMERGE\n')
    await until(() => node.target.executed.length === 1)
    const flood = new Uint8Array(32 * 1024 * 1024).fill(10)
    client.say(flood)
    for (let turn = 0; turn < 300; turn++) await new Promise((resolve) => setImmediate(resolve))
    expect(client.socket.writableLength).toBeGreaterThan(0)
    expect(await node.client().say('VERSION\n').reply()).toBe(version)
    expect(node.target.executed).toHaveLength(1)
  })
})
