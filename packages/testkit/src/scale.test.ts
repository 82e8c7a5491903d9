import { below, type Network, nodeName } from '@ring/platform'
import { expect, it } from 'vitest'
import { type NodeEnvironment, World } from './index.ts'

it('F2: a world of a thousand nodes runs, and counts what each of them sends and receives', () => {
  const world = new World({ seed: 1, traceLines: 0 })
  const names = Array.from({ length: 1_000 }, (_, at) => nodeName(`node-${at}`))
  const start = (environment: NodeEnvironment): object => {
    const network: Network = environment.network({
      onMessage: ({ name }, message) => {
        if (message.length === 64) network.send(name, new Uint8Array(32))
      },
      onLinkUp: () => undefined,
      onLinkDown: () => undefined,
    })
    const tick = (): void => {
      const to = names[below(environment.random, names.length)]!
      if (to !== environment.name) network.send(to, new Uint8Array(64))
      environment.clock.after(500, tick)
    }
    environment.clock.after(below(environment.random, 500), tick)
    return {}
  }
  for (const name of names) world.addNode(name, start)
  world.run(5_000)
  world.network.resetTraffic()
  world.run(15_000)
  const all = names.map((name) => world.network.traffic(name))
  const sum = (of: (one: (typeof all)[0]) => number): number => all.reduce((total, one) => total + of(one), 0)
  // Twenty pings and twenty answers each; what is on the way at the ends is next to nothing.
  expect(sum((one) => one.messagesSent) / 1_000).toBeCloseTo(40, 0)
  expect(sum((one) => one.bytesSent) / 1_000).toBeCloseTo(20 * 96, -2)
  expect(sum((one) => one.bytesReceived) / sum((one) => one.bytesSent)).toBeCloseTo(1, 2)
  expect(sum((one) => one.dials)).toBeGreaterThan(15_000)
})
