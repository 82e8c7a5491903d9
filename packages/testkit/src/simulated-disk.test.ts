import { nodeName } from '@ring/platform'
import { describe, expect, it } from 'vitest'
import { type NodeEnvironment, World } from './index.ts'

const name = nodeName('a')
const filled = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value)

function machine(seed: number) {
  const world = new World({ seed })
  const node = world.addNode(name, (environment: NodeEnvironment) => ({ environment }))
  return { world, node, disk: () => node.process!.environment.disk }
}

const seeds = Array.from({ length: 60 }, (_, at) => at + 1)

describe('SimulatedDisk', () => {
  it('keeps what was answered over a crash', () => {
    const { world, node, disk } = machine(1)
    let answers = 0
    disk().replace('state', filled(3, 1), () => answers++)
    disk().append('state', filled(2, 2), () => answers++)
    world.run(() => answers === 2)
    node.restart()
    expect([...node.disk.contents('state')!]).toEqual([1, 1, 1, 2, 2])
  })

  it('leaves the old or the new file when a replacement is hit by a crash, and both happen', () => {
    const left = new Set<number>()
    for (const seed of seeds) {
      const { world, node, disk } = machine(seed)
      let done = false
      disk().replace('state', filled(100, 1), () => {
        done = true
      })
      world.run(() => done)
      disk().replace('state', filled(50, 2), () => undefined)
      node.crash()
      const contents = node.disk.contents('state')!
      expect([100, 50]).toContain(contents.length)
      expect(new Set(contents).size).toBe(1)
      left.add(contents.length)
    }
    expect(left.size).toBe(2)
  })

  it('tears an append: a prefix, or rubbish, and never what stood before it', () => {
    const kinds = new Set<string>()
    for (const seed of seeds) {
      const { world, node, disk } = machine(seed)
      let done = false
      disk().append('log', filled(10, 1), () => {
        done = true
      })
      world.run(() => done)
      disk().append('log', filled(30, 2), () => undefined)
      node.crash()
      const contents = node.disk.contents('log')!
      expect([...contents.slice(0, 10)]).toEqual([...filled(10, 1)])
      const tail = contents.slice(10)
      kinds.add(tail.length === 0 ? 'nothing' : tail.some((byte) => byte !== 2) ? 'rubbish' : 'prefix')
    }
    expect([...kinds].sort()).toEqual(['nothing', 'prefix', 'rubbish'])
  })

  it('answers no life but the one that asked', () => {
    const { world, node, disk } = machine(2)
    let answered = false
    disk().read('state', () => {
      answered = true
    })
    node.restart()
    world.run(1_000)
    expect(answered).toBe(false)
  })

  it('fails writes on demand: a replacement that failed is done or not', () => {
    const left = new Set<string>()
    for (const seed of seeds) {
      const { world, node, disk } = machine(seed)
      node.disk.options = { ...node.disk.options, writeFailure: 1 }
      let ok: boolean | undefined
      disk().replace('state', filled(1, 1), (result) => {
        ok = result.ok
      })
      world.run(() => ok !== undefined)
      expect(ok).toBe(false)
      left.add(node.disk.names().join(' '))
    }
    expect([...left].sort()).toEqual(['', 'state'])
  })

  it('hits each name by itself when the process ends: two that were under way have no order', () => {
    const left = new Set<string>()
    for (const seed of seeds) {
      const { node, disk } = machine(seed)
      disk().replace('a', filled(1, 1), () => undefined)
      disk().replace('b', filled(1, 1), () => undefined)
      node.crash()
      left.add(node.disk.names().join(' '))
    }
    expect([...left].sort()).toEqual(['', 'a', 'a b', 'b'])
  })

  it('refuses names that lead out of the directory', () => {
    const { disk } = machine(4)
    expect(() => {
      disk().read('../secret', () => undefined)
    }).toThrow(RangeError)
  })
})
