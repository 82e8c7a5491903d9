import { loadConfiguration } from '@ring/config'
import type { MachineAddress } from '@ring/transport'
import { describe, expect, it } from 'vitest'
import { addressOf, ownAddress, saidAddress } from './own-address.ts'
import { knownServers, ownNode } from './own-node.ts'
import { ringSection } from './ring-section.ts'

async function configurationOf(global: object = {}, ring: object = {}, servers?: readonly object[]) {
  const content = {
    GLOBAL: { FILEVERSION: 1, GROUP: 'x', DELIVERMODE: 'hash', ...global },
    RING: ring,
    ...(servers && { SVRNODE: servers }),
  }
  return await loadConfiguration({ kind: 'json', text: JSON.stringify(content) }, { sections: [ringSection] })
}

describe('B2: a node that no list names', () => {
  it('B2: is called by --host and CTLPORT, and dialled there', async () => {
    const self = await ownNode(await configurationOf({}, { BIND: '0.0.0.0' }), { host: 'web.example', ctlPort: 9021 })
    expect(self).toMatchObject({ role: 'server', name: 'web.example:9021' })
    expect(self.node).toMatchObject({ host: 'web.example', port: 9020 })
  })

  it('B2: without --host is dialled at the one address of BIND', async () => {
    const configuration = await configurationOf({ CTLPORT: 9021, PORT: 7000 }, { BIND: '127.0.0.1' })
    const self = await ownNode(configuration, {})
    expect(self.node).toMatchObject({ host: '127.0.0.1', port: 7000 })
    expect(self.name).toMatch(/:9021$/)
    expect(knownServers(configuration, self)).toEqual([self.node])
  })

  it('B2: has one address that others can dial, whatever it listens on', async () => {
    expect(saidAddress({ bind: ['10.1.2.3'], multicastIf: undefined })).toBe('10.1.2.3')
    expect(saidAddress({ bind: [], multicastIf: '10.1.2.4' })).toBe('10.1.2.4')
    for (const bind of [[], ['0.0.0.0'], ['::'], ['127.0.0.1', '::1']]) {
      expect(saidAddress({ bind, multicastIf: undefined })).toBeUndefined()
      const found = await ownAddress({ bind, multicastIf: undefined, routers: [], multicast: undefined })
      expect(['0.0.0.0', '::']).not.toContain(found)
    }
  })

  const on = (name: string, address: string, family: 'IPv4' | 'IPv6' = 'IPv4') =>
    ({ interface: name, address, family, internal: name === 'lo' }) as MachineAddress
  const lo = on('lo', '127.0.0.1')
  const docker = on('docker0', '172.17.0.1')

  it.each([
    [[lo, docker, on('eth0', '10.0.0.5')], undefined, '10.0.0.5'],
    [[lo, docker, on('eth0', '10.0.0.5'), on('eth1', '10.9.0.5')], '10.9.0.5', '10.9.0.5'],
    [[lo, on('eth0', 'fd00::5', 'IPv6'), on('br-0a1b', '172.18.0.1')], undefined, 'fd00::5'],
    [[lo, docker], undefined, '172.17.0.1'],
    [[lo, on('eth0', 'fe80::1', 'IPv6')], undefined, '127.0.0.1'],
    [[lo, on('eth0', '10.0.0.5')], '127.0.0.1', '10.0.0.5'],
    [[], undefined, '127.0.0.1'],
  ])('B2: is reached by the way to the others, else not at a bridge: %#', (addresses, routed, address) => {
    expect(addressOf({ addresses, routed })).toBe(address)
  })

  it('B2: is a slave when it is told so', async () => {
    const hints = { host: 'web.example', ctlPort: 9021 }
    for (const [global, slave] of [
      [{}, true],
      [{ MODE: 'slave' }, undefined],
    ] as const)
      expect(await ownNode(await configurationOf(global), { ...hints, slave })).toMatchObject({
        role: 'slave',
        name: 'web.example:9021',
      })
  })

  it('B2: needs a control port for its name', async () => {
    await expect(ownNode(await configurationOf(), {})).rejects.toMatchObject({ code: 'RING_NODE_SETUP' })
  })

  it('B2: where servers are listed, flags for those that are not have no place', async () => {
    const configuration = await configurationOf({}, {}, [{ NAME: 'a', PORT: 1, CTLPORT: 2 }])
    for (const hints of [{ slave: true }, { port: 3 }])
      await expect(ownNode(configuration, hints)).rejects.toMatchObject({ code: 'RING_NODE_SETUP' })
  })
})
