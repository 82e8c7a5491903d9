import { LargeGroup } from './large-group.ts'
const members = Number(process.argv[2] ?? 100)
const large = new LargeGroup({ members, seed: 1, quorum: 'none' })
large.grow()
const { network } = large.world
network.options = { ...network.options, mode: 'datagram', loss: 0.05, delay: { minMs: 50, meanMs: 75 } }
for (let i = 0; i < 20; i++) {
  large.world.network.resetTraffic()
  const t = performance.now()
  large.pass(250)
  const sent = large.nodes.map(({ name }) => large.world.network.traffic(name).messagesSent)
  console.log(large.world.nowMs, sent.reduce((a, b) => a + b, 0), Math.max(...sent), Math.round(performance.now() - t), new Set(large.nodes.map((n) => n.process!.names.split(' ').length)))
}
