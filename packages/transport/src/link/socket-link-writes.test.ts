import type { Socket } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { WriteGathering } from './socket-link-writes.ts'

/** A socket that takes writes at once, or keeps them by reference until they are taken: as the kernel's buffer has room. */
class LateSocket {
  readonly taken: Buffer[] = []
  isFull = false
  private readonly kept: { readonly chunk: Buffer; readonly done: (() => void) | undefined }[] = []

  get writableLength(): number {
    return this.kept.reduce((sum, { chunk }) => sum + chunk.length, 0)
  }

  write(chunk: Buffer, done?: () => void): boolean {
    this.kept.push({ chunk, done })
    if (!this.isFull) this.takeAll()
    return this.kept.length === 0
  }

  takeAll(): void {
    for (const { chunk, done } of this.kept.splice(0)) {
      this.taken.push(Buffer.from(chunk))
      done?.()
    }
  }
}

/** As a TLS socket: it always keeps what it is given for a while. */
class LateTlsSocket extends LateSocket {
  readonly encrypted = true

  override write(chunk: Buffer, done?: () => void): boolean {
    const { isFull } = this
    this.isFull = true
    super.write(chunk, done)
    this.isFull = isFull
    return false
  }
}

type Step = { readonly add: number } | 'flush' | 'fill' | 'take'

const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 1, max: 5_000 }).map((add): Step => ({ add })) },
    { weight: 2, arbitrary: fc.integer({ min: 5_000, max: 300_000 }).map((add): Step => ({ add })) },
    { weight: 2, arbitrary: fc.constantFrom<Step>('flush', 'fill', 'take') },
  ),
  { maxLength: 60 },
)

describe('WriteGathering', () => {
  it.each([
    ['a plain socket', LateSocket],
    ['a TLS socket', LateTlsSocket],
  ])('keeps every byte in order over %s, whose writes may wait, and leaves sources to their owner', (_, Kind) => {
    fc.assert(
      fc.property(steps, (given) => {
        const socket = new Kind()
        const writes = new WriteGathering(socket as unknown as Socket)
        const wanted: Buffer[] = []
        const source = Buffer.alloc(300_000)
        let next = 0
        for (const step of given) {
          if (step === 'flush') writes.flush()
          else if (step === 'fill') socket.isFull = true
          else if (step === 'take') {
            socket.isFull = false
            socket.takeAll()
          } else {
            source.fill(next++ % 251, 0, step.add)
            wanted.push(Buffer.from(source.subarray(0, step.add)))
            writes.add(source, 0, step.add)
            source.fill(255, 0, step.add)
          }
        }
        writes.flush()
        expect(writes.queuedBytes).toBe(socket.writableLength)
        socket.takeAll()
        expect(writes.queuedBytes).toBe(0)
        expect(Buffer.concat(socket.taken).equals(Buffer.concat(wanted))).toBe(true)
      }),
      { numRuns: 150 },
    )
  })
})
