import { type Link, type LinkHandler, type Network, nodeName } from '@ring/platform'
import { describe, expect, it } from 'vitest'
import { type Bandwidth, type NetworkOptions, type NodeEnvironment, unlimitedBandwidth, World } from '../index.ts'

const [a, b, c] = ['a', 'b', 'c'].map(nodeName) as [
  ReturnType<typeof nodeName>,
  ReturnType<typeof nodeName>,
  ReturnType<typeof nodeName>,
]
const delay = { minMs: 1, meanMs: 1 }
const bounded = (part: Partial<Bandwidth>): Bandwidth => ({ ...unlimitedBandwidth, ...part })

/** Three nodes that write down when each message came. */
function three(options: Partial<NetworkOptions>) {
  const world = new World({ seed: 1, network: { delay, ...options } })
  const cameMs: Record<string, number[]> = { a: [], b: [], c: [] }
  const start = (environment: NodeEnvironment) => ({
    environment,
    network: environment.network({
      onMessage: () => cameMs[environment.name]!.push(Math.round(world.nowMs)),
      onLinkUp: () => undefined,
      onLinkDown: () => undefined,
    }),
  })
  const nodes = [a, b, c].map((name) => world.addNode(name, start))
  const network = (at: number): Network => nodes[at]!.process!.network
  return { world, cameMs, network, nodes }
}

describe('bandwidth', () => {
  it('F2: a message of a link waits until those before it are through, each direction by itself', () => {
    const { world, cameMs, network } = three({ bandwidth: bounded({ pathBytesPerSecond: 10_000 }) })
    for (let at = 0; at < 4; at++) network(0).send(b, new Uint8Array(1_000))
    // Two milliseconds for the dial, a hundred for each message, one on the way.
    world.run(1_000)
    expect(cameMs['b']).toEqual([103, 203, 303, 403])
    network(1).send(a, new Uint8Array(1_000))
    network(0).send(c, new Uint8Array(1_000))
    world.run(2_000)
    expect([cameMs['a'], cameMs['c']]).toEqual([[1_101], [1_103]])
  })

  it('F2: all that a machine sends shares its bandwidth, and all that it receives too', () => {
    const { world, cameMs, network } = three({
      mode: 'datagram',
      bandwidth: bounded({ machineBytesPerSecond: 10_000 }),
    })
    network(0).send(b, new Uint8Array(1_000))
    network(0).send(c, new Uint8Array(1_000))
    world.run(1_000)
    // Out of a one after the other, and again that long to come in.
    expect([cameMs['b'], cameMs['c']]).toEqual([[201], [301]])
    network(0).send(c, new Uint8Array(1_000))
    network(1).send(c, new Uint8Array(1_000))
    world.run(2_000)
    expect(cameMs['c']!.slice(1)).toEqual([1_201, 1_301])
  })

  it('F2: a rate that is changed holds for what still waits', () => {
    const { world, cameMs, network } = three({ bandwidth: bounded({ pathBytesPerSecond: 1_000 }) })
    for (let at = 0; at < 5; at++) network(0).send(b, new Uint8Array(1_000))
    world.run(500)
    world.network.options = { ...world.network.options, bandwidth: unlimitedBandwidth }
    world.run(2_000)
    expect(cameMs['b']).toEqual([1_003, 1_003, 1_003, 1_003, 1_003])
  })

  it('loses a datagram that finds too long a queue', () => {
    const { world, cameMs, network } = three({
      mode: 'datagram',
      bandwidth: bounded({ pathBytesPerSecond: 10_000, datagramWaitMaxMs: 250 }),
    })
    for (let at = 0; at < 10; at++) network(0).send(b, new Uint8Array(1_000))
    world.run(2_000)
    expect(cameMs['b']).toEqual([101, 201, 301])
  })

  it('holds a data link up, too, and counts its bytes', () => {
    const { world, nodes } = three({ bandwidth: bounded({ pathBytesPerSecond: 10_000 }) })
    let got = 0
    const handler = (): LinkHandler => ({
      onFrames: (_link, _buffer, start, end) => {
        got += end - start
      },
      onDrain: () => undefined,
      onClosed: () => undefined,
    })
    nodes[1]!.process!.environment.listen(handler)
    let link: Link | undefined
    nodes[0]!.process!.environment.dial(b, handler(), (opened) => {
      link = opened
    })
    world.run(() => link !== undefined)
    const beganMs = world.nowMs
    const frame = new Uint8Array(5_004)
    new DataView(frame.buffer).setUint32(0, 5_000, true)
    link!.write(frame, 0, frame.length)
    world.run(beganMs + 400)
    expect(link!.queuedBytes).toBeGreaterThan(0)
    expect(world.run(() => got === frame.length)).toBe(true)
    expect(world.nowMs - beganMs).toBeCloseTo(501.4, 0)
    expect(world.network.traffic(b, 'data').bytesReceived).toBe(frame.length)
  })

  it('refuses a bandwidth that lets nothing through', () => {
    const { network } = three({ mode: 'datagram', bandwidth: bounded({ pathBytesPerSecond: 0 }) })
    expect(() => network(0).send(b, new Uint8Array(1))).toThrow('cut the way instead')
  })
})
