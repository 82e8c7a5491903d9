import { type DatagramSource, type Multicast, nodeName } from '@ring/platform'
import { describe, expect, it } from 'vitest'
import { type NetworkOptions, World } from '../index.ts'

const names = ['a', 'b', 'c'].map(nodeName)
const [a, b, c] = names as [(typeof names)[0], (typeof names)[0], (typeof names)[0]]
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

function group(seed: number, network: Partial<NetworkOptions> = {}) {
  const world = new World({ seed, network })
  const heard = new Map<string, string[]>(names.map((name) => [name, []]))
  const sources = new Map<string, DatagramSource>()
  for (const name of names) {
    world.addNode(name, (environment) => ({
      socket: environment.multicast('ring', (datagram, from) => {
        const text = new TextDecoder().decode(datagram)
        heard.get(name)!.push(text)
        sources.set(text, from)
      }),
    }))
  }
  const socket = (name: typeof a): Multicast => (world.node(name).process as { socket: Multicast }).socket
  return { world, heard, sources, socket }
}

describe('multicast', () => {
  it('F2: reaches all in the group, the sender too, and an answer reaches the asker alone', () => {
    const { world, heard, sources, socket } = group(1)
    const question = bytes('who?')
    socket(a).cast(question)
    question.fill(0)
    world.run(100)
    expect([...heard.values()]).toEqual([['who?'], ['who?'], ['who?']])
    socket(b).answer(sources.get('who?')!, bytes('b'))
    world.run(200)
    expect(heard.get(a)).toEqual(['who?', 'b'])
    expect(heard.get(c)).toEqual(['who?'])
    expect(world.network.traffic(a)).toMatchObject({
      messagesSent: 1,
      bytesSent: 4,
      messagesReceived: 2,
      bytesReceived: 5,
    })
    expect(world.network.traffic(b, 'control').messagesSent).toBe(0)
    world.network.resetTraffic()
    expect(world.network.traffic(a).bytesReceived).toBe(0)
  })

  it('F2: draws loss, doubles and order for each receiver', () => {
    const { world, heard, socket } = group(2, { loss: 0.2, duplication: 0.2 })
    for (let at = 0; at < 200; at++) socket(a).cast(bytes(String(at)))
    world.run(1_000)
    const [, atB, atC] = [...heard.values()] as [string[], string[], string[]]
    for (const got of [atB, atC]) {
      expect(new Set(got).size).toBeLessThan(200)
      expect(new Set(got).size).toBeLessThan(got.length)
      expect(got).not.toEqual([...got].sort((x, y) => Number(x) - Number(y)))
    }
    expect(atB).not.toEqual(atC)
  })

  it('F2: waits for a paused process, and does not cross a cut or reach a closed socket or a dead process', () => {
    const { world, heard, socket } = group(3)
    world.network.connectivity.cut(a, b)
    world.node(c).pause()
    socket(a).cast(bytes('1'))
    world.run(100)
    expect([heard.get(b), heard.get(c)]).toEqual([[], []])
    world.node(c).resume()
    expect(heard.get(c)).toEqual(['1'])
    world.network.connectivity.heal()
    socket(b).close()
    socket(b).close()
    socket(b).cast(bytes('from a closed socket'))
    world.node(c).crash()
    socket(a).cast(bytes('2'))
    world.run(200)
    expect([heard.get(a), heard.get(b), heard.get(c)]).toEqual([['1', '2'], [], ['1']])
  })

  it('refuses a datagram that is too long', () => {
    const { socket } = group(4)
    expect(() => socket(a).cast(new Uint8Array(1201))).toThrow('at most 1200')
  })
})
