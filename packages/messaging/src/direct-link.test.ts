import type { Link, LinkHandler } from '@ring/platform'
import { describe, expect, it } from 'vitest'
import { DirectLink, handOn } from './direct-link.ts'

function listening(link: DirectLink, onFrames: LinkHandler['onFrames']): void {
  link.handle({ onFrames, onDrain: () => undefined, onClosed: () => undefined })
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const filled = (size: number, value: number): Uint8Array => new Uint8Array(size).fill(value)

describe('DirectLink', () => {
  it('hands a node its frames at once, where they lie', () => {
    const [program, node] = DirectLink.pair()
    const source = filled(10_000, 1)
    let seen: Uint8Array | undefined
    listening(node, (_link, bytes) => (seen = bytes))
    program.write(source, 0, 100)
    expect(seen).toBe(source)
  })

  it('hands a program what its node wrote after the turn, in order; what lies in input as soon as that is handled, without a copy', async () => {
    const [program, node] = DirectLink.pair()
    const runs: Uint8Array[] = []
    let seen: Uint8Array[] = []
    listening(program, (_link, bytes, start, end) => {
      seen.push(bytes)
      runs.push(new Uint8Array(bytes.subarray(start, end)))
    })
    const small = filled(100, 1)
    const chunk = filled(20_000, 2)
    node.write(small, 0, 100)
    small.fill(9)
    expect(node.queuedBytes).toBe(100)
    const taker = {
      onFrames: (port: DirectLink, bytes: Uint8Array, start: number, end: number) => {
        port.write(bytes, start, end)
        // Not while the relay is at work.
        expect(runs).toEqual([])
        expect(node.queuedBytes).toBe(18_100)
      },
    }
    handOn(taker, node, chunk, 1_000, 19_000)
    // The socket reads the next into the same place.
    chunk.fill(8)
    expect(seen.some((bytes) => bytes.buffer === chunk.buffer)).toBe(true)
    seen = []
    node.write(filled(100, 3), 0, 100)
    expect(seen).toEqual([])
    await turn()
    expect(Buffer.concat(runs).equals(Buffer.concat([filled(100, 1), filled(18_000, 2), filled(100, 3)]))).toBe(true)
    expect(node.queuedBytes).toBe(0)
  })

  it('K1: copies what is written from memory that its writer uses again, while a chunk is handed on too', async () => {
    const [program, node] = DirectLink.pair()
    const seen: Uint8Array[] = []
    listening(program, (_link, bytes, start, end) => seen.push(bytes.subarray(start, end)))
    const acknowledgements = filled(8_000, 1)
    const taker = {
      onFrames: (port: DirectLink) => {
        port.write(acknowledgements, 0, 8_000)
        acknowledgements.fill(3)
        port.write(acknowledgements, 0, 8_000)
      },
    }
    handOn(taker, node, filled(100_000, 2), 0, 100_000)
    acknowledgements.fill(9)
    await turn()
    expect(Buffer.concat(seen).equals(Buffer.concat([filled(8_000, 1), filled(8_000, 3)]))).toBe(true)
  })

  it('copies what a program of the same process wrote: it uses its memory again', async () => {
    const [asking, askingNode] = DirectLink.pair()
    const [answering, answeringNode] = DirectLink.pair()
    const seen: Uint8Array[] = []
    listening(answering, (_link, bytes, start, end) => seen.push(bytes.subarray(start, end)))
    // The relay between them.
    listening(askingNode, (_link: Link, bytes, start, end) => {
      answeringNode.write(bytes, start, end)
    })
    const box = filled(30_000, 4)
    asking.write(box, 0, 30_000)
    box.fill(9)
    await turn()
    expect(Buffer.concat(seen).equals(filled(30_000, 4))).toBe(true)
  })
})
