import { type Link, type LinkClosed, type LinkHandler, nodeName } from '@ring/platform'
import { describe, expect, it } from 'vitest'
import { type NodeEnvironment, World } from '../index.ts'

const a = nodeName('a')
const b = nodeName('b')

function frame(length: number, fill: number): Uint8Array {
  const bytes = new Uint8Array(4 + length).fill(fill, 4)
  new DataView(bytes.buffer).setUint32(0, length, true)
  return bytes
}

class Recorder implements LinkHandler {
  readonly frames: string[] = []
  readonly closed: LinkClosed[] = []
  drains = 0
  onFrames(_link: Link, buffer: Uint8Array, start: number, end: number): void {
    const view = new DataView(buffer.buffer, buffer.byteOffset)
    let at = start
    while (at < end) {
      const length = view.getUint32(at, true)
      this.frames.push(`${length}x${buffer[at + 4] ?? ''}`)
      at += 4 + length
    }
    expect(at).toBe(end)
  }
  onDrain(): void {
    this.drains++
  }
  onClosed(_link: Link, cause: LinkClosed): void {
    this.closed.push(cause)
  }
}

function linked(seed: number, frameMaxBytes = 68 * 1024) {
  const world = new World({ seed })
  const near = new Recorder()
  const far = new Recorder()
  const one = world.addNode(a, (environment: NodeEnvironment) => ({ environment }))
  const two = world.addNode(b, (environment: NodeEnvironment) => {
    environment.listen(() => far)
    return {}
  })
  let link: Link | undefined
  one.process!.environment.dial(
    b,
    near,
    (opened) => {
      link = opened
    },
    { highWaterBytes: 1_000, lowWaterBytes: 100, frameMaxBytes },
  )
  world.run(() => link !== undefined)
  return { world, near, far, two, link: link! }
}

describe('SimulatedLink', () => {
  it('puts frames together again wherever the bytes were cut, in order', () => {
    for (let seed = 1; seed <= 30; seed++) {
      const { world, far, link } = linked(seed)
      const expected: string[] = []
      for (let at = 0; at < 40; at++) {
        const bytes = frame(at * 7, at)
        link.write(bytes, 0, bytes.length)
        bytes.fill(0xff)
        expected.push(at === 0 ? '0x14' : `${at * 7}x${at}`)
        if (at % 10 === 9) world.run(world.nowMs + 1)
      }
      world.run(world.nowMs + 100)
      // A frame without a body shows the length of the next one, or nothing.
      expect(far.frames.slice(1)).toEqual(expected.slice(1))
    }
  })

  it('counts what is queued and tells when it has drained', () => {
    const { world, near, link } = linked(1)
    const bytes = frame(5_000, 1)
    link.write(bytes, 0, bytes.length)
    expect(link.queuedBytes).toBe(5_004)
    world.run(world.nowMs + 100)
    expect(link.queuedBytes).toBe(0)
    expect(near.drains).toBe(1)
  })

  it('delivers what was written before close, then ends at both sides, once', () => {
    const { world, near, far, link } = linked(2)
    const bytes = frame(10, 9)
    link.write(bytes, 0, bytes.length)
    link.close()
    expect(link.isOpen).toBe(false)
    world.run(world.nowMs + 100)
    expect(far.frames).toEqual(['10x9'])
    expect([near.closed, far.closed]).toEqual([[{ kind: 'ended' }], [{ kind: 'ended' }]])
  })

  it('is lost when the far process crashes', () => {
    const { world, near, two } = linked(3)
    two.crash()
    world.run(world.nowMs + 100)
    expect(near.closed).toEqual([{ kind: 'lost' }])
  })

  it('ends with a violation when a frame is too long', () => {
    const { world, far, link } = linked(4, 100)
    const bytes = frame(101, 1)
    link.write(bytes, 0, bytes.length)
    world.run(world.nowMs + 100)
    expect(far.closed).toEqual([{ kind: 'violation', reason: 'a frame is longer than 100 bytes' }])
    expect(far.frames).toEqual([])
  })
})
