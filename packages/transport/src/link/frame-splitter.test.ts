import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FrameSplitter } from './frame-splitter.ts'

function frame(body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + body.length)
  new DataView(bytes.buffer).setUint32(0, body.length, true)
  bytes.set(body, 4)
  return bytes
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts))
}

function cutAt(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b)
  return places.slice(1).map((end, index) => bytes.slice(places[index], end))
}

class Collected {
  readonly runs: Uint8Array[] = []
  onRun(buffer: Uint8Array, start: number, end: number): boolean {
    this.runs.push(new Uint8Array(buffer.subarray(start, end)))
    return true
  }
}

const bodies = fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 20 })

describe('FrameSplitter', () => {
  it('hands over the same bytes, in whole frames, however the stream is cut', () => {
    fc.assert(
      fc.property(bodies, fc.array(fc.nat(5_000), { maxLength: 30 }), fc.boolean(), (all, cuts, oneByOne) => {
        const splitter = new FrameSplitter({ maxFrameBytes: 200, oneByOne })
        const collected = new Collected()
        const stream = joined(all.map(frame))
        // As a socket reads: into the same place each time, with what was there before behind it.
        const read = new Uint8Array(stream.length + 1)
        for (const chunk of cutAt(stream, cuts)) {
          read.fill(0xee).set(chunk)
          expect(splitter.push(read, collected, chunk.length)).toBe('ok')
        }
        expect(joined(collected.runs)).toEqual(stream)
        expect(splitter.heldBytes).toBe(0)
        if (oneByOne) expect(collected.runs.length).toBe(all.length)
      }),
    )
  })

  it('hands over what was read without copying', () => {
    const chunk = joined([frame(new Uint8Array(10)), frame(new Uint8Array(20))])
    const seen: Uint8Array[] = []
    new FrameSplitter({ maxFrameBytes: 100, oneByOne: false }).push(chunk, {
      onRun: (buffer, start, end) => {
        seen.push(buffer)
        expect([start, end]).toEqual([0, chunk.length])
        return true
      },
    })
    expect(seen).toEqual([chunk])
    expect(seen[0]).toBe(chunk)
  })

  it('refuses a frame beyond the bound before it keeps anything of it, however it is cut', () => {
    fc.assert(
      fc.property(fc.integer({ min: 101, max: 0xffffffff }), fc.integer({ min: 1, max: 8 }), (length, cut) => {
        const head = new Uint8Array(8)
        new DataView(head.buffer).setUint32(0, length, true)
        const splitter = new FrameSplitter({ maxFrameBytes: 100, oneByOne: false })
        const first = splitter.push(head.slice(0, cut), new Collected())
        const outcome = first === 'ok' ? splitter.push(head.slice(cut), new Collected()) : first
        expect(outcome).toBe('too-long')
        expect(splitter.heldBytes).toBeLessThanOrEqual(4)
      }),
    )
  })

  it('hands over what came before a frame that is too long', () => {
    const collected = new Collected()
    const good = frame(new Uint8Array(3))
    const splitter = new FrameSplitter({ maxFrameBytes: 10, oneByOne: false })
    expect(splitter.push(joined([good, frame(new Uint8Array(11))]), collected)).toBe('too-long')
    expect(collected.runs).toEqual([good])
  })

  it('applies new bounds to the frame that follows in the same chunk', () => {
    const splitter = new FrameSplitter({ maxFrameBytes: 10, oneByOne: true })
    const sizes: number[] = []
    const outcome = splitter.push(joined([frame(new Uint8Array(4)), frame(new Uint8Array(500))]), {
      onRun: (_buffer, start, end) => {
        sizes.push(end - start)
        splitter.setBounds({ maxFrameBytes: 1_000, oneByOne: false })
        return true
      },
    })
    expect(outcome).toBe('ok')
    expect(sizes).toEqual([8, 504])
  })

  it('stops when its receiver has had enough', () => {
    let runs = 0
    const splitter = new FrameSplitter({ maxFrameBytes: 10, oneByOne: true })
    const outcome = splitter.push(joined([frame(new Uint8Array(4)), frame(new Uint8Array(4))]), {
      onRun: () => {
        runs++
        return false
      },
    })
    expect([outcome, runs]).toEqual(['stopped', 1])
  })
})
