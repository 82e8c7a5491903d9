import { address } from '@ring/platform'
import { parseAddress } from '@ring/transport'
import { describe, it } from 'vitest'
import { combined } from './combined.ts'
import { DnsServer } from './compliance/dns-server.testdata.ts'
import { type ComplianceMedium, discoveryCompliance } from './compliance.ts'
import { dns } from './dns/dns-discovery.ts'
import { GossipRouter } from './gossip/gossip-router-server.ts'
import { tcpgossip } from './gossip/tcpgossip-discovery.ts'
import { mping, ping } from './multicast/ping-discovery.ts'
import { tcpping } from './tcpping/tcpping-discovery.ts'

// Each test has a group and a medium of its own.
const runner = { describe, it: (name: string, body: () => Promise<void>) => it.concurrent(name, body, 60_000) }
const loopback = { interface: '127.0.0.1' }
const key = new Uint8Array(32).fill(7)

discoveryCompliance(runner, { name: 'TCPPING', setup: () => ({ protocol: () => tcpping() }), needsList: true })

discoveryCompliance(runner, {
  name: 'PING',
  setup: () => ({ protocol: ({ group }) => ping({ group, multicast: loopback, keys: () => [key] }) }),
})

discoveryCompliance(runner, {
  name: 'MPING',
  setup: () => ({ protocol: ({ group }) => mping({ group, multicast: loopback }) }),
})

async function gossipMedium(count: number): Promise<ComplianceMedium> {
  let routers = Array.from({ length: count }, () => new GossipRouter({ port: 0 }))
  const ports = await Promise.all(routers.map(async (router) => (await router.start()).port))
  return {
    protocol: ({ group }) => tcpgossip({ group, routers: ports.map((port) => address(`127.0.0.1:${port}`)) }),
    restart: async () => {
      for (const router of routers) router.stop()
      await new Promise((resolve) => setTimeout(resolve, 300))
      routers = ports.map((port) => new GossipRouter({ port }))
      for (const router of routers) await router.start()
    },
    stop: () => {
      for (const router of routers) router.stop()
      return Promise.resolve()
    },
  }
}

discoveryCompliance(runner, { name: 'TCPGOSSIP', restarts: true, setup: () => gossipMedium(1) })
discoveryCompliance(runner, {
  name: 'TCPGOSSIP with a dead router',
  restarts: true,
  setup: async () => {
    const medium = await gossipMedium(1)
    const dead = address('127.0.0.1:9')
    return {
      ...medium,
      protocol: (one) => combined([medium.protocol(one), tcpgossip({ group: one.group, routers: [dead] })]),
    }
  },
})

/** @param type SRV records carry the nodes' ports; with addresses every node would need the same one */
async function dnsMedium(): Promise<ComplianceMedium> {
  const server = new DnsServer()
  await server.start()
  server.add('host.test', { type: 'A', address: '127.0.0.1' })
  return {
    protocol: (participant) => {
      const { port } = parseAddress(participant.address)
      if (participant.role === 'server') server.add('_ring._tcp.test', { type: 'SRV', target: 'host.test', port })
      return dns({ query: '_ring._tcp.test', type: 'SRV', server: server.address })
    },
    restart: async () => {
      await server.stop()
      await server.start()
    },
    stop: () => server.stop(),
  }
}

discoveryCompliance(runner, { name: 'DNS', restarts: true, setup: dnsMedium })

discoveryCompliance(runner, {
  name: 'PING and TCPGOSSIP together',
  restarts: true,
  setup: async () => {
    const medium = await gossipMedium(1)
    const protocol: ComplianceMedium['protocol'] = (one) =>
      combined([ping({ group: one.group, multicast: loopback }), medium.protocol(one)])
    return { ...medium, protocol }
  },
})
