import { type Address, address, incarnation, type Logger, nodeName, silent } from '@ring/platform'
import { afterEach, describe, expect, it } from 'vitest'
import { DnsServer } from '../compliance/dns-server.testdata.ts'
import { dns } from './dns-discovery.ts'
import { type DnsQuestion, resolveRecords } from './dns-records.ts'

const clean: (() => unknown)[] = []

afterEach(async () => {
  for (const step of clean.splice(0).reverse()) await step()
})

async function nameServer(): Promise<DnsServer> {
  const server = new DnsServer()
  await server.start()
  clean.push(() => server.stop())
  return server
}

const v4 = (last: number) => ({ type: 'A', address: `10.0.0.${last}` }) as const
const v6 = { type: 'AAAA', address: '2001:db8::1' } as const

describe('DNS records', () => {
  it('B2: A, AAAA and SRV lead to addresses; a name that is not there to none', async () => {
    const server = await nameServer()
    for (const record of [v4(1), v4(2), v6]) server.add('ring.test', record)
    server.add('six.test', v6)
    server.add('_ring._tcp.test', { type: 'SRV', target: 'ring.test', port: 7000 })
    server.add('_ring._tcp.test', { type: 'SRV', target: 'six.test', port: 7001 })
    const ask = (query: string, type: DnsQuestion['type']) =>
      resolveRecords({ query, type, port: 8020, server: server.address })
    expect(await ask('ring.test', 'A')).toEqual(['10.0.0.1:8020', '10.0.0.2:8020'])
    expect(await ask('ring.test', 'AAAA')).toEqual(['[2001:db8::1]:8020'])
    expect(await ask('_ring._tcp.test', 'SRV')).toEqual(['10.0.0.1:7000', '10.0.0.2:7000', '[2001:db8::1]:7001'])
    expect(await ask('nobody.test', 'A')).toEqual([])
    expect(await ask('six.test', 'A')).toEqual([])
  })

  it("B2: the system's resolver is asked without a server, and its hosts file with it", async () => {
    expect(await resolveRecords({ query: 'localhost', type: 'A', port: 1 })).toContain('127.0.0.1:1')
  })
})

const runMs = 600

/** A node that notes whom it dials; nobody is there. */
function node(question: DnsQuestion, intervalMs: number, logger: Logger = silent) {
  const dialled: Address[] = []
  const self = { name: nodeName('a:1'), role: 'server' as const, address: address('10.0.0.9:8020') }
  const discovery = dns({ ...question, intervalMs })({
    clock: {
      monotonicMs: () => performance.now(),
      wallMs: () => Date.now(),
      after: (delayMs, run) => {
        const timer = setTimeout(run, delayMs)
        return { cancel: () => clearTimeout(timer) }
      },
    },
    random: { uint32: () => 0 },
    network: {
      learn: () => undefined,
      send: () => undefined,
      probe: (to, _timeoutMs, done) => {
        dialled.push(to)
        queueMicrotask(() => done({ kind: 'refused' }))
      },
      isLinked: () => false,
      disconnect: () => undefined,
      beginLife: () => undefined,
    },
    logger,
    self,
    incarnation: () => incarnation(1),
    answer: () => undefined,
    send: () => undefined,
  })
  clean.push(() => discovery.stop())
  const find = () =>
    new Promise<readonly Address[]>((resolve) => {
      dialled.length = 0
      discovery.find({ addresses: [], timeoutMs: runMs, firstMemberIsEnough: false }, () => resolve([...dialled]))
    })
  return { find }
}

describe('DNS discovery', () => {
  it('B2: A records without a port are a mistake', () => {
    expect(() => dns({ query: 'ring.test', type: 'A' })).toThrow(/port/)
  })

  it('B2: looks the name up at each run and in between, and never dials itself', async () => {
    const server = await nameServer()
    for (const record of [v4(1), v4(9)]) server.add('ring.test', record)
    const { find } = node({ query: 'ring.test', type: 'A', port: 8020, server: server.address }, 50)
    expect(await find()).toEqual(['10.0.0.1:8020'])
    server.add('ring.test', v4(2))
    expect(await find()).toEqual(['10.0.0.1:8020', '10.0.0.2:8020'])
    const { queries } = server
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(server.queries).toBeGreaterThan(queries)
  })

  it('B2: a name server that is silent costs half of a run; what it said before still holds', async () => {
    const server = await nameServer()
    server.add('ring.test', v4(1))
    const lines: object[] = []
    const logger = { ...silent, warn: (fields: object) => lines.push(fields) }
    const { find } = node({ query: 'ring.test', type: 'A', port: 8020, server: server.address }, 60_000, logger)
    await find()
    server.isSilent = true
    // Timers of one process come in the order in which they are due, however late.
    let isRunOver = false
    const run = setTimeout(() => {
      isRunOver = true
    }, runMs)
    expect(await find()).toEqual(['10.0.0.1:8020'])
    expect(isRunOver).toBe(false)
    clearTimeout(run)
    while (lines.length === 0) await find()
    await find()
    expect(lines).toMatchObject([{ event: 'dns.failed', query: 'ring.test' }])
  })
})
