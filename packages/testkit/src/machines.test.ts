import { type Link, type LinkHandler, type NodeName, nodeName } from '@ring/platform'
import { describe, expect, it } from 'vitest'
import { FaultInjector, faultText, type NodeEnvironment, parseFault, World } from './index.ts'

const [a, b, program] = ['a', 'b', 'program'].map((name) => nodeName(name)) as [NodeName, NodeName, NodeName]

/** Nodes that take data links and count the frames that come; a program on the machine of a. */
function machines() {
  const world = new World({ seed: 1 })
  const heard: string[] = []
  const handlerOf = (name: NodeName): LinkHandler => ({
    onFrames: (_link, _bytes, start, end) => heard.push(`${name} ${end - start}`),
    onDrain: () => undefined,
    onClosed: (_link, { kind }) => heard.push(`${name} ${kind}`),
  })
  const start = (environment: NodeEnvironment) => {
    environment.listen(() => handlerOf(environment.name))
    return environment
  }
  for (const name of [a, b]) world.addNode(name, start)
  world.addNode(program, start, { machineOf: a })
  const dial = (from: NodeName, to: NodeName): Link => {
    let link: Link | undefined
    const environment = world.node(from).process as NodeEnvironment
    environment.dial(to, handlerOf(from), (opened, peer) => {
      expect(peer?.name).toBe(to)
      link = opened
    })
    world.run(() => link !== undefined, { forMs: 100 })
    return link!
  }
  const frame = new Uint8Array([4, 0, 0, 0, 1, 2, 3, 4])
  return { world, heard, dial, send: (link: Link) => link.write(frame, 0, frame.length) }
}

describe('processes of one machine', () => {
  it('reach each other whatever is wrong with the network', () => {
    const { world, heard, dial, send } = machines()
    world.network.connectivity.isolate(a)
    send(dial(program, a))
    world.run(world.nowMs + 1)
    expect(heard).toEqual(['a 8'])
    expect(world.network.connectivity.reaches(program, b)).toBe(true)
    world.network.connectivity.cut(program, b)
    expect(world.network.connectivity.reaches(program, b)).toBe(false)
  })
})

describe('links that fall silent', () => {
  it('carry nothing, and nobody hears of it, their end included; new ones do', () => {
    const { world, heard, dial, send } = machines()
    const link = dial(a, b)
    new FaultInjector(world).begin({ kind: 'silent-links', plane: 'data', between: [b, a] })
    send(link)
    world.run(world.nowMs + 60_000)
    expect([link.isOpen, link.queuedBytes, heard]).toEqual([true, 8, []])
    link.destroy()
    world.run(world.nowMs + 60_000)
    expect(heard).toEqual(['a lost'])
    send(dial(a, b))
    world.run(world.nowMs + 100)
    expect(heard).toEqual(['a lost', 'b 8'])
  })

  it('is a line of a script', () => {
    const fault = { kind: 'silent-links', plane: 'control', between: [a, b] } as const
    expect(faultText(fault)).toBe('silence control a b')
    expect(parseFault(['silence', 'control', 'a', 'b'], nodeName)).toEqual(fault)
    expect(() => parseFault(['silence', 'a', 'b'], nodeName)).toThrow(RangeError)
  })
})
