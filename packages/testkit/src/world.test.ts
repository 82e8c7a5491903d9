import { type DialOutcome, type Network, type NodeName, nodeName, type Peer } from '@ring/platform'
import { describe, expect, it } from 'vitest'
import { type NetworkOptions, type NodeEnvironment, World } from './index.ts'

const a = nodeName('a')
const b = nodeName('b')
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)
const bytes = (value: string): Uint8Array => new TextEncoder().encode(value)

interface Recorder {
  readonly environment: NodeEnvironment
  readonly network: Network
  resumed(gapMs: number): void
}

/** Two nodes that write down all they hear. */
function pair(seed: number, network: Partial<NetworkOptions> = {}) {
  const world = new World({ seed, network })
  const heard: Record<string, string[]> = { a: [], b: [] }
  const start = (environment: NodeEnvironment): Recorder => {
    const log = heard[environment.name]!
    const say = (what: string, peer: Peer): void => {
      log.push(`${what} ${peer.name}`)
    }
    return {
      environment,
      network: environment.network({
        onMessage: (_peer, message) => log.push(text(message)),
        onLinkUp: (peer) => {
          say('up', peer)
        },
        onLinkDown: (peer, end) => {
          say(end, peer)
        },
      }),
      resumed: (gapMs) => log.push(`resumed ${Math.round(gapMs)}`),
    }
  }
  return { world, heard, a: world.addNode(a, start), b: world.addNode(b, start) }
}

const send = (from: { process: Recorder | undefined }, to: NodeName, ...messages: string[]): void => {
  for (const message of messages) from.process!.network.send(to, bytes(message))
}

describe('World', () => {
  it('F2: one seed gives one trace, another seed another', () => {
    const hash = (seed: number): string => {
      const { world, a: one } = pair(seed, { mode: 'datagram', loss: 0.3 })
      for (let at = 0; at < 50; at++) {
        send(one, b, String(at))
      }
      world.run(100)
      world.note(`draw ${world.random.uint32()}`)
      return world.traceHash()
    }
    expect(hash(1)).toBe(hash(1))
    expect(hash(1)).not.toBe(hash(2))
  })

  it('F2: with the trace off no line is made, and a seed still has a hash of its own', () => {
    const hash = (seed: number): string => {
      const world = new World({ seed, traceLines: 0 })
      world.note(() => {
        throw new Error('nobody asked for this line')
      })
      const tick = (): void => {
        if (world.nowMs < 1_000) world.after(1 + world.random.uint32() / 2 ** 30, tick)
      }
      tick()
      world.run(2_000)
      expect(world.trace.lines()).toEqual([])
      expect(world.trace.count).toBe(1)
      return world.traceHash()
    }
    expect(hash(1)).toBe(hash(1))
    expect(hash(1)).not.toBe(hash(2))
  })

  it('M3: a resumed process hears of the gap first, then what waited, then its timers', () => {
    const { world, heard, a: one, b: two } = pair(1)
    send(one, b, 'hello')
    world.run(100)
    two.process!.environment.clock.after(50, () => heard['b']!.push('timer'))
    two.pause()
    send(one, b, 'first', 'second')
    world.run(1_100)
    expect(heard['b']).toEqual(['up a', 'hello'])
    two.resume()
    expect(heard['b']).toEqual(['up a', 'hello', 'resumed 1000', 'first', 'second', 'timer'])
  })

  it('lets a timer wait on when the clock stood still', () => {
    const { world, heard, b: two } = pair(1)
    two.process!.environment.clock.after(50, () => heard['b']!.push('timer'))
    world.run(10)
    two.pause('stops')
    world.run(1_000)
    two.resume()
    expect(heard['b']).toEqual(['resumed 990'])
    world.run(1_041)
    expect(heard['b']).toContain('timer')
  })

  it('ends timers and input with the life', () => {
    const { world, heard, a: one, b: two } = pair(1)
    two.process!.environment.clock.after(5, () => heard['b']!.push('timer of the dead'))
    send(one, b, 'to the dead')
    two.crash()
    world.run(50)
    expect(heard['b']).toEqual([])
  })

  it('looks at conditions and invariants as seldom as it is told', () => {
    const world = new World({ seed: 1 })
    const tick = (): void => {
      world.after(1, tick)
    }
    tick()
    const looks = { often: 0, seldom: 0, condition: 0 }
    world.always(() => looks.often++)
    world.always(() => looks.seldom++, { everyMs: 100 })
    const isLate = (): boolean => {
      looks.condition++
      return world.nowMs >= 950
    }
    expect(world.run(isLate, { everyMs: 100 })).toBe(true)
    expect(world.nowMs).toBe(1_000)
    expect(looks).toEqual({ often: 1_000, seldom: 10, condition: 11 })
    expect(world.run(() => world.nowMs >= 1_050, { everyMs: 100, forMs: 60 })).toBe(true)
  })

  it('stops a runaway', () => {
    const world = new World({ seed: 1 })
    const again = (): void => {
      world.after(0, again)
    }
    again()
    expect(() => world.run(10, { events: 1_000 })).toThrow('runs in a circle')
  })
})

describe('the simulated control network', () => {
  it('keeps the order on a link and copies messages', () => {
    const { world, heard, a: one } = pair(3)
    const buffer = bytes('x')
    one.process!.network.send(b, buffer)
    buffer[0] = 0x79
    const numbers = Array.from({ length: 100 }, (_, at) => String(at))
    send(one, b, ...numbers)
    world.run(1_000)
    expect(heard['b']).toEqual(['up a', 'x', ...numbers])
  })

  it('loses, doubles and reorders datagrams', () => {
    const { world, heard, a: one } = pair(3, { mode: 'datagram', loss: 0.2, duplication: 0.2 })
    const numbers = Array.from({ length: 200 }, (_, at) => String(at))
    send(one, b, ...numbers)
    world.run(1_000)
    const got = heard['b']!
    expect(new Set(got).size).toBeLessThan(200)
    expect(new Set(got).size).toBeLessThan(got.length)
    expect(got).not.toEqual([...got].sort((x, y) => Number(x) - Number(y)))
  })

  it('tells a crash from a goodbye and from a partition', () => {
    const { world, heard, a: one, b: two } = pair(4)
    send(one, b, 'hello')
    world.run(100)
    two.crash()
    world.run(200)
    expect(heard['a']).toEqual(['up b', 'lost b'])
    two.restart()
    send(one, b, 'again')
    world.run(300)
    two.stop()
    world.run(400)
    expect(heard['a']!.slice(2)).toEqual(['up b', 'goodbye b'])
    two.restart()
    send(one, b, 'and again')
    world.run(500)
    world.network.connectivity.partition([[a], [b]])
    send(one, b, 'held')
    world.run(2_000)
    expect(heard['a']!.slice(4)).toEqual(['up b'])
    world.run(4_500)
    expect(heard['a']!.slice(4)).toEqual(['up b', 'lost b'])
  })

  it('breaks a link now and then when told to, and never calls back from within send', () => {
    const { world, heard, a: one } = pair(4)
    send(one, b, 'hello')
    world.run(100)
    world.network.options = { ...world.network.options, loss: 1 }
    send(one, b, 'too much')
    expect(heard['a']).toEqual(['up b'])
    expect(one.process!.network.isLinked(b)).toBe(false)
    world.run(200)
    expect([heard['a'], heard['b']]).toEqual([
      ['up b', 'lost b'],
      ['up a', 'hello', 'lost a'],
    ])
  })

  it('leads to one link when both sides dial at once', () => {
    const { world, heard, a: one, b: two } = pair(8)
    send(one, b, 'from a')
    send(two, a, 'from b')
    world.run(100)
    expect([heard['a'], heard['b']]).toEqual([
      ['up b', 'from b'],
      ['up a', 'from a'],
    ])
  })

  it('delivers what a short cut held back', () => {
    const { world, heard, a: one } = pair(4)
    send(one, b, 'hello')
    world.run(100)
    world.network.connectivity.cut(a, b)
    send(one, b, 'held')
    world.run(1_000)
    expect(heard['b']).not.toContain('held')
    world.network.connectivity.heal()
    world.run(1_300)
    expect(heard['b']).toContain('held')
  })

  it('M2: a port that is shut lets nobody in, and its machine out', () => {
    const world = new World({ seed: 1 })
    const heard: string[] = []
    const nodes = ['a', 'b'].map((name) =>
      world.addNode(nodeName(`${name}:1`), (environment) => ({
        network: environment.network({
          onMessage: (from) => void heard.push(`${from.name} > ${name}`),
          onLinkUp: () => undefined,
          onLinkDown: () => undefined,
        }),
      })),
    )
    const [a, b] = nodes.map((node) => node.process!.network)
    a!.learn(nodes[1]!.name, nodes[1]!.address)
    b!.learn(nodes[0]!.name, nodes[0]!.address)
    world.network.connectivity.shut(nodes[1]!.name, 'refuses')
    const outcomes: string[] = []
    a!.probe(nodes[1]!.address, 1000, ({ kind }) => outcomes.push(kind))
    world.run(100)
    a!.send(nodes[1]!.name, new Uint8Array(1))
    world.run(200)
    expect({ outcomes, heard }).toEqual({ outcomes: ['refused'], heard: [] })
    b!.send(nodes[0]!.name, new Uint8Array(1))
    world.run(300)
    a!.send(nodes[1]!.name, new Uint8Array(1))
    world.run(400)
    expect(heard).toEqual(['b:1 > a', 'a:1 > b'])
  })

  it('M2: a probe is refused when only the process is gone, unreachable when the way or the process is stopped', () => {
    const { world, a: one, b: two } = pair(5)
    const probe = (): DialOutcome['kind'] => {
      let outcome: DialOutcome | undefined
      one.process!.network.probe(two.address, 500, (result) => {
        outcome = result
      })
      world.run(() => outcome !== undefined)
      return outcome!.kind
    }
    expect(probe()).toBe('connected')
    two.pause()
    expect(probe()).toBe('unreachable')
    two.resume()
    world.network.connectivity.cut(b, a)
    expect(probe()).toBe('unreachable')
    world.network.connectivity.heal()
    two.crash()
    expect(probe()).toBe('refused')
  })

  it('gives a restarted node a higher incarnation, and its peers a new link', () => {
    const { world, heard, a: one, b: two } = pair(6)
    const first = two.process!.environment.incarnation
    send(one, b, 'x')
    world.run(100)
    two.clock.jumpWall(-1_000_000)
    two.restart()
    expect(two.process!.environment.incarnation).toBeGreaterThan(first)
    world.network.connectivity.cut(b, a)
    world.run(200)
    world.network.connectivity.heal()
    send(two, a, 'from the new life')
    world.run(400)
    expect(heard['a']!.at(-1)).toBe('from the new life')
  })
})
