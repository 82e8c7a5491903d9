import { describe, expect, it } from 'vitest'
import { routing } from '../../../simulation/asking-program.ts'
import { frame } from '../../../simulation/collecting-link.ts'
import { ChunkSender } from '../../frames/chunk-sender.ts'
import { addressedPartition, Flag, FrameType, Offset, readU32 } from '../../frames/frame-header.ts'
import { Outbox } from '../../frames/outbox.ts'
import { Status } from '../../frames/status.ts'
import { clear, waits } from '../../relay/waiting/verdict.ts'
import { Responder } from './responder.ts'

function responder() {
  const link = {
    frames: [] as Buffer[],
    isOpen: true,
    queuedBytes: 0,
    write: (source: Uint8Array, start: number, end: number) => {
      for (let at = start; at < end; at += 4 + readU32(source, at))
        link.frames.push(Buffer.from(source.subarray(at, at + 4 + readU32(source, at))))
    },
    close: () => undefined,
    destroy: () => undefined,
  }
  const outbox = new Outbox(() => undefined)
  const it = new Responder(
    outbox,
    new ChunkSender(),
    {
      nextTurn: (run) => {
        run()
      },
    },
    0,
  )
  outbox.connect(link)
  it.connect(link, false)
  const give = (...frames: Uint8Array[]) => {
    for (const bytes of frames) it.onFrame(bytes, 0, bytes.length)
  }
  const failed = () => {
    outbox.flush()
    const frames = link.frames.splice(0).filter((bytes) => bytes[Offset.type] === FrameType.failed)
    return frames.map((bytes) => [readU32(bytes, Offset.slot), readU32(bytes, Offset.status)])
  }
  return { it, give, failed }
}

const request = (slot: number, more = {}) => frame(FrameType.request, { slot, stamp: 1, ...more })
const addressed = (slot: number, more = {}) => request(slot, { partition: addressedPartition, key: 's0', ...more })

describe('a program that is asked by its address', () => {
  it('K3: keeps places for what is addressed while all others are taken, and the other way round', () => {
    for (const [one, other, places] of [
      [request, addressed, 1_024],
      [addressed, request, 256],
    ] as const) {
      const { it: program, give, failed } = responder()
      let ran = 0
      program.admission = { verdict: () => waits }
      program.serve(() => {
        ran++
        return undefined
      })
      for (let slot = 0; slot <= places; slot++) give(one(slot))
      expect(failed()).toEqual([[places, Status.queueFull]])
      give(other(5_000))
      expect(failed()).toEqual([])
      program.admission = { verdict: () => clear }
      program.release()
      expect(ran).toBe(places + 1)
    }
  })

  it('D5: does not end as "moved" what has no partition, whether it waits or is not whole', () => {
    const { it: program, give, failed } = responder()
    const first = { flags: Flag.chunked | Flag.more, service: 'accounts', body: new Uint8Array(1) }
    const large = addressed(2, first)
    // The length of the whole body stands before the service.
    large[40] = 2
    give(addressed(1), large)
    program.setRouting(routing(2))
    expect(failed()).toEqual([])
    expect(program.running).toBe(2)
  })

  it('K2, M3: is not held up by a key that was refused after a pause', () => {
    const { it: program, give, failed } = responder()
    const ran: boolean[] = []
    program.serve(({ isAddressed, key }) => {
      ran.push(isAddressed && key.length === 0)
      return undefined
    })
    program.resumed(1_000)
    give(request(1, { requestId: 1, keyHash: 7, deadline: 500 }))
    give(addressed(2, { requestId: 2, keyHash: 7 }), request(3, { requestId: 3, keyHash: 7 }))
    expect(failed()).toEqual([
      [1, Status.overdue],
      [3, Status.moved],
    ])
    expect(ran).toEqual([true])
  })
})
