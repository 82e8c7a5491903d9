/**
 * How fast a world of many nodes runs: each node pings two random others every 500 ms for 60 virtual seconds, and is
 * answered. Run it with `node --conditions=@ring/source --import tsx packages/testkit/bench/world.ts [nodes] [mode]`.
 */
import { below, type Network, nodeName, type Peer } from '@ring/platform'
import { type NodeEnvironment, World } from '../src/index.ts'

const nodes = Number(process.argv[2] ?? 1000)
const mode = process.argv[3] === 'link' ? 'link' : 'datagram'
const virtualMs = 60_000
const ping = Uint8Array.of(1, ...Array.from({ length: 63 }, () => 0))
const pong = Uint8Array.of(2, ...Array.from({ length: 63 }, () => 0))
const world = new World({ seed: 1, network: { mode, loss: 0 }, traceLines: 0 })
const names = Array.from({ length: nodes }, (_, at) => nodeName(`node-${at}:8020`))
let messages = 0

function start(environment: NodeEnvironment): object {
  const network: Network = environment.network({
    onMessage: (from: Peer, message) => {
      messages++
      if (message[0] === 1) network.send(from.name, pong)
    },
    onLinkUp: () => undefined,
    onLinkDown: () => undefined,
  })
  const tick = (): void => {
    for (let at = 0; at < 2; at++) network.send(names[below(environment.random, names.length)]!, ping)
    environment.clock.after(500, tick)
  }
  environment.clock.after(below(environment.random, 500), tick)
  return {}
}

for (const name of names) world.addNode(name, start)
const began = process.cpuUsage()
let events = 0
world.always(() => events++)
world.run(virtualMs)
const used = process.cpuUsage(began)
const seconds = (used.user + used.system) / 1e6
const heapMb = process.memoryUsage().heapUsed / 1e6
console.log(
  `${nodes} nodes, ${mode}: ${events} events, ${messages} messages in ${seconds.toFixed(2)} s of processor time: ${Math.round(events / seconds)} events/s, heap ${heapMb.toFixed(0)} MB`,
)
