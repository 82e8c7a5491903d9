import { loadConfiguration, selfNode } from '@ring/config'
import { incarnation, type NodeRole, nodeName } from '@ring/platform'
import { describe, expect, it } from 'vitest'
import { ownNode } from '../setup/own-node.ts'
import { ringSection } from '../setup/ring-section.ts'
import { HostAccess } from './host-access.ts'
import { HostRules } from './host-rules.ts'

const servers = [
  { NAME: 'a.example', CTLPORT: 8021 },
  { NAME: 'b.example', CTLPORT: 8021, ENDPOINTS: ['198.51.100.7:9020'], FORWARD_PEERS: ['198.51.100.8'] },
]
const dns: Readonly<Record<string, readonly string[]>> = {
  'a.example': ['10.0.0.1'],
  'b.example': ['10.0.0.2', '2001:db8::2'],
  'web1.example': ['10.0.1.1'],
  'gate.example': ['10.9.9.9'],
}

async function configurationOf(more: { own?: object; slaves?: readonly object[] } = {}) {
  const { own = {}, slaves = [{ NAME: 'web[1-3].example', CTLPORT: 8022 }] } = more
  const text = JSON.stringify({
    GLOBAL: { FILEVERSION: 1, GROUP: 'x', DELIVERMODE: 'hash', PORT: 8020 },
    SVRNODE: [{ ...servers[0], ...own }, servers[1]],
    SLVNODE: slaves,
  })
  const configuration = await loadConfiguration({ kind: 'json', text })
  return { configuration, self: selfNode(configuration, { hostNames: ['a.example'], ctlPort: 8021 }) }
}

/** The rules of a.example, which is this machine, with what the name service above says. */
async function rules(more: Parameters<typeof configurationOf>[0] = {}) {
  const { configuration, self } = await configurationOf(more)
  return new HostRules(configuration, self, {
    machine: new Set(['a.example', '10.0.0.1', '127.0.0.1', '::1', 'localhost']),
    addressesOf: (host) => new Set(dns[host] ?? []),
    namesOf: (address) => Object.keys(dns).filter((name) => dns[name]!.includes(address)),
  })
}

const peer = (name: string, role: NodeRole = 'server') => ({
  name: nodeName(name),
  role,
  incarnation: incarnation(1),
})

async function unlisted() {
  const content = {
    GLOBAL: { FILEVERSION: 1, GROUP: 'x', DELIVERMODE: 'hash' },
    RING: { BIND: '10.0.0.1' },
    SLVNODE: [{ NAME: 'web1.example' }],
  }
  const source = { kind: 'json', text: JSON.stringify(content) } as const
  const configuration = await loadConfiguration(source, { sections: [ringSection] })
  const self = await ownNode(configuration, { ctlPort: 8021, host: 'a.example' })
  return new HostRules(configuration, self, {
    machine: new Set(['10.0.0.1', '127.0.0.1']),
    addressesOf: (host) => new Set(dns[host] ?? []),
    namesOf: () => [],
  })
}

describe('HostRules', () => {
  it('F1: where no server is listed only nodes of this machine are let in, and slaves that are listed', async () => {
    const hosts = await unlisted()
    for (const remote of ['127.0.0.1', '10.0.0.1']) {
      expect(hosts.mayConnect(remote)).toBe(true)
      for (const role of ['server', 'slave'] as const)
        expect(hosts.objection(peer('any:1', role), remote)).toBeUndefined()
    }
    expect(hosts.mayConnect('10.0.0.2')).toBe(false)
    expect(hosts.objection(peer('any:1'), '10.0.1.1')).toContain('AUTH = open')
    expect(hosts.objection(peer('web1.example:1', 'slave'), '10.0.1.1')).toBeUndefined()
  })

  it('A1: a server comes from its own addresses, ENDPOINTS, and FORWARD_PEERS, and from no other', async () => {
    const hosts = await rules()
    for (const remote of ['10.0.0.2', '2001:db8::2', '198.51.100.7', '198.51.100.8']) {
      expect(hosts.mayConnect(remote), remote).toBe(true)
      expect(hosts.objection(peer('b.example:8021'), remote), remote).toBeUndefined()
    }
    expect(hosts.mayConnect('10.0.0.3')).toBe(false)
    expect(hosts.objection(peer('b.example:8021'), '10.0.1.1')).toContain('FORWARD_PEERS')
    expect(hosts.objection(peer('c.example:8021'), '10.0.0.2')).toContain('no [SVRNODE]')
  })

  it('A1: loopback is this machine: its own nodes may come from it, others may not', async () => {
    const hosts = await rules()
    expect(hosts.mayConnect('127.0.0.1')).toBe(true)
    expect(hosts.objection(peer('a.example:8021'), '127.0.0.1')).toBeUndefined()
    expect(hosts.objection(peer('b.example:8021'), '127.0.0.1')).toContain('is not an address of')
    const local = await rules({ slaves: [{ NAME: 'a.example', CTLPORT: 8022 }] })
    expect(local.objection(peer('a.example:8022', 'slave'), '::1')).toBeUndefined()
  })

  it('A1: through a gateway of REVERSE_PEERS only the name decides', async () => {
    const hosts = await rules({ own: { REVERSE_PEERS: ['gate.example'] } })
    expect(hosts.mayConnect('10.9.9.9')).toBe(true)
    expect(hosts.objection(peer('b.example:8021'), '10.9.9.9')).toBeUndefined()
    expect(hosts.objection(peer('c.example:8021'), '10.9.9.9')).toContain('no [SVRNODE]')
    expect(hosts.objection(peer('web2.example:8022', 'slave'), '10.9.9.9')).toBeUndefined()
    expect(hosts.objection(peer('web2.example:8023', 'slave'), '10.9.9.9')).toContain('no [SLVNODE]')
    expect((await rules()).mayConnect('10.9.9.9')).toBe(false)
  })

  it('A1: a slave matches an entry by the name that its address has, by address, or as a forward peer', async () => {
    const hosts = await rules({
      slaves: [
        { NAME: 'web[1-3].example', CTLPORT: 8022 },
        { NAME: '10[.]5[.].*', CTLPORT: 8023 },
        { NAME: 'far.example', CTLPORT: 8024, FORWARD_PEERS: ['198.51.100.20'] },
      ],
    })
    expect(hosts.objection(peer('web1.example:8022', 'slave'), '10.0.1.1')).toBeUndefined()
    expect(hosts.objection(peer('web1.example:8022', 'slave'), '10.0.1.2')).toContain('no [SLVNODE]')
    expect(hosts.objection(peer('web1.example:8023', 'slave'), '10.0.1.1')).toContain('no [SLVNODE]')
    expect(hosts.objection(peer('10.5.0.1:8023', 'slave'), '10.5.0.1')).toBeUndefined()
    expect(hosts.objection(peer('far.example:8024', 'slave'), '198.51.100.20')).toBeUndefined()
    expect(hosts.objection(peer('far.example:8022', 'slave'), '198.51.100.20')).toContain('no [SLVNODE]')
  })

  it('A1: a CUK names a slave', async () => {
    const text = JSON.stringify({
      GLOBAL: { FILEVERSION: 1, GROUP: 'x', DELIVERMODE: 'hash', PORT: 8020, CTLPORT: 8021, CHMPXIDTYPE: 'CUK' },
      SVRNODE: [{ NAME: 'a.example', CUK: 'a' }],
      SLVNODE: [{ NAME: '[.]*', CUK: 'web-[0-9]+' }],
    })
    const configuration = await loadConfiguration({ kind: 'json', text })
    const self = selfNode(configuration, { hostNames: ['a.example'], cuk: 'a' })
    const none = { machine: new Set<string>(), addressesOf: () => new Set<string>(), namesOf: () => [] }
    const hosts = new HostRules(configuration, self, none)
    expect(hosts.objection(peer('web-7', 'slave'), '10.1.1.1')).toBeUndefined()
    expect(hosts.objection(peer('mail-7', 'slave'), '10.1.1.1')).toContain('no [SLVNODE]')
  })
})

/** A name service that a test may change, and a clock. */
async function access(table: Record<string, string[]>) {
  const { configuration, self } = await configurationOf()
  const world = { table, asked: 0, nowMs: 0 }
  const hosts = new HostAccess(configuration, self, {
    findAddresses: (host, done) => {
      world.asked += 1
      queueMicrotask(() => done(world.table[host] ?? []))
    },
    findNames: (address, done) =>
      queueMicrotask(() => done(Object.keys(world.table).filter((name) => world.table[name]!.includes(address)))),
    machineNames: () => ['a.example', '127.0.0.1'],
    nowMs: () => world.nowMs,
  })
  await hosts.start(() => true)
  hosts.stop()
  return { hosts, world }
}

describe('HostAccess', () => {
  it('A1: a name that moved is found when its new address comes, and look-ups for strangers are bounded', async () => {
    const { hosts, world } = await access({ 'b.example': ['10.0.0.2'] })
    expect(hosts.mayConnect('::ffff:10.0.0.2')).toBe(true)
    world.table['b.example'] = ['10.0.0.22']
    world.nowMs = 5000
    expect(await hosts.mayConnect('10.0.0.22')).toBe(true)
    expect(await hosts.mayConnect('10.0.0.2')).toBe(false)
    const { asked } = world
    for (let at = 0; at < 100; at++) await hosts.mayConnect(`10.3.0.${at}`)
    expect(world.asked - asked).toBe(0)
  })

  it('keeps the last addresses of a name that cannot be looked up', async () => {
    const { hosts, world } = await access({ 'b.example': ['10.0.0.2'] })
    world.table = {}
    await hosts.refresh()
    expect(hosts.mayConnect('10.0.0.2')).toBe(true)
  })

  it('F1: a name that an address gives itself counts only when it leads back to the address', async () => {
    const { hosts, world } = await access({})
    world.table = { 'web2.example': ['10.0.1.2'] }
    expect(await hosts.mayConnect('10.0.1.2')).toBe(true)
    const liar = new HostAccess(...(await liarWorld()))
    await liar.start(() => true)
    liar.stop()
    expect(await liar.mayConnect('10.6.6.6')).toBe(false)
  })
})

async function liarWorld(): Promise<ConstructorParameters<typeof HostAccess>> {
  const { configuration, self } = await configurationOf()
  return [
    configuration,
    self,
    {
      findAddresses: (host, done) => queueMicrotask(() => done(host === 'web1.example' ? ['10.0.1.1'] : [])),
      findNames: (_address, done) => queueMicrotask(() => done(['web1.example'])),
      machineNames: () => ['a.example'],
      nowMs: () => 0,
    },
  ]
}
