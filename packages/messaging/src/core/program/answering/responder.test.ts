import type { Link } from '@ring/platform'
import { describe, expect, it } from 'vitest'
import { ChunkSender } from '../../frames/chunk-sender.ts'
import {
  Flag,
  FrameType,
  headerBytes,
  noPartition,
  Offset,
  readU32,
  readU48,
  writeExchange,
  writeHeader,
  writeU32,
  writeU48,
} from '../../frames/frame-header.ts'
import { Outbox } from '../../frames/outbox.ts'
import { Status } from '../../frames/status.ts'
import { clear, waits } from '../../relay/waiting/verdict.ts'
import { Responder } from './responder.ts'

class Answers implements Link {
  isOpen = true
  queuedBytes = 0
  readonly failed: { slot: number; status: number; version: number }[] = []
  /** What was acknowledged, and what was said of handlers that ended late; in order with the failures before it. */
  readonly ended: { slot: number; generation: number; after: number }[] = []
  write(bytes: Uint8Array, start: number, end: number): void {
    for (let at = start; at < end; at += 4 + readU32(bytes, at)) {
      if (bytes[at + Offset.type] === FrameType.ack) {
        const [slot, generation] = [readU32(bytes, at + headerBytes), readU32(bytes, at + headerBytes + 4)]
        this.ended.push({ slot, generation, after: this.failed.length })
      }
      if (bytes[at + Offset.type] !== FrameType.failed) continue
      const status = readU32(bytes, at + Offset.status)
      this.failed.push({
        slot: readU32(bytes, at + Offset.slot),
        status,
        version: readU48(bytes, at + Offset.tableVersion),
      })
    }
  }
  close(): void {
    this.isOpen = false
  }
  destroy(): void {
    this.isOpen = false
  }
}

const routing = (version: number, changedAt: readonly number[]) => ({
  ...({ version, epoch: version, mode: 'hash', strategy: 'ring', partitions: changedAt.length, servers: [] } as const),
  changedAt: Float64Array.from(changedAt),
})

function answering() {
  const outbox = new Outbox(() => undefined)
  const answers = new Answers()
  outbox.connect(answers)
  const responder = new Responder(
    outbox,
    new ChunkSender(),
    {
      nextTurn: (run) => {
        run()
      },
    },
    0,
  )
  responder.connect(answers, false)
  const started: string[] = []
  const serve = () => {
    responder.serve(({ slot, version }) => {
      started.push(`${slot} under ${version}`)
      return undefined
    })
  }
  const give = (
    type: number,
    slot: number,
    more: { flags?: number; partition?: number; stamp?: number; total?: number; deadline?: number } = {},
  ) => {
    const { flags = 0, partition = 0, stamp = 1, total } = more
    const extension = total === undefined ? 0 : 4
    const bytes = new Uint8Array(headerBytes + extension + 4)
    writeHeader(bytes, 0, type, flags, extension + 4)
    writeExchange(bytes, 0, slot, 1)
    writeU32(bytes, Offset.partition, partition)
    writeU48(bytes, Offset.tableVersion, stamp)
    writeU32(bytes, Offset.requestId, slot)
    writeU32(bytes, Offset.deadline, more.deadline ?? 0)
    bytes[Offset.words] = (headerBytes + extension) / 4
    if (total !== undefined) writeU32(bytes, headerBytes, total)
    responder.onFrame(bytes, 0, bytes.length)
  }
  const failed = () => {
    outbox.flush()
    return answers.failed.splice(0)
  }
  return { responder, answers, outbox, started, serve, give, failed }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('Responder', () => {
  it('K4: a large request is given the version under which its first frame was accepted', () => {
    const { responder, started, serve, give } = answering()
    serve()
    responder.setRouting(routing(1, [1]))
    give(FrameType.request, 1, { flags: Flag.chunked | Flag.more, total: 8 })
    responder.setRouting(routing(2, [1]))
    give(FrameType.chunk, 1)
    give(FrameType.request, 2)
    expect(started).toEqual(['1 under 1', '2 under 2'])
  })

  it('K4, D5: what has not been started when its partition moves ends "moved": half there, or waiting for a handler', () => {
    const { responder, started, serve, give, failed } = answering()
    responder.setRouting(routing(1, [1, 1]))
    give(FrameType.request, 1, { flags: Flag.chunked | Flag.more, total: 8 })
    give(FrameType.request, 2)
    give(FrameType.request, 3, { partition: 1 })
    give(FrameType.request, 4, { partition: noPartition, stamp: 0 })
    responder.setRouting(routing(2, [2, 1]))
    expect(failed().sort((one, other) => one.slot - other.slot)).toEqual([
      { slot: 1, status: Status.moved, version: 2 },
      { slot: 2, status: Status.moved, version: 2 },
    ])
    give(FrameType.chunk, 1)
    serve()
    expect(started).toEqual(['3 under 1', '4 under 1'])
    expect(responder.running).toBe(0)
  })

  it('K2, M3: what is refused as overdue after a pause, and may come again, is not overtaken by later calls of its key', () => {
    const { responder, started, serve, give, failed } = answering()
    serve()
    responder.setRouting(routing(3, [1]))
    responder.resumed(2_000)
    give(FrameType.request, 1, { deadline: 1_500 })
    give(FrameType.request, 2, { deadline: 2_500 })
    expect(failed().map(({ status }) => status)).toEqual([Status.overdue, Status.moved])
    give(FrameType.request, 1, { deadline: 2_100 })
    give(FrameType.request, 2, { deadline: 2_500 })
    expect([started, failed()]).toEqual([['1 under 3', '2 under 3'], []])
    give(FrameType.request, 3, { deadline: 1_500 })
    responder.tick(2_150)
    give(FrameType.request, 4)
    expect(started.at(-1)).toBe('4 under 3')
  })

  it('M3: asks before each start; what waits goes first, in order', () => {
    const { responder, started, serve, give, failed } = answering()
    let verdict = waits
    let asked = 0
    responder.admission = {
      verdict: () => {
        asked++
        return verdict
      },
    }
    serve()
    give(FrameType.request, 1)
    verdict = clear
    give(FrameType.request, 2)
    expect([started, asked]).toEqual([[], 1])
    responder.release()
    give(FrameType.request, 3)
    expect([started, asked]).toEqual([['1 under 0', '2 under 0', '3 under 0'], 4])
    expect(failed()).toEqual([])
  })

  it('M3: a busy handler does not start what came with it: the word is asked for each', () => {
    const { responder, started, give, failed } = answering()
    let isAway = false
    responder.admission = { verdict: () => (isAway ? Status.closing : clear) }
    responder.serve(({ slot }) => {
      started.push(String(slot))
      isAway = true
      return undefined
    })
    for (const slot of [1, 2, 3]) give(FrameType.request, slot)
    expect(started).toEqual(['1'])
    expect(failed().map(({ slot, status }) => [slot, status])).toEqual([
      [2, Status.closing],
      [3, Status.closing],
    ])
    expect([responder.running, responder.notStarted]).toEqual([0, 2])
  })

  it('M3: cancelled or overdue while they wait, requests leave their places to others', () => {
    const { responder, started, serve, give, failed } = answering()
    responder.admission = { verdict: () => waits }
    serve()
    for (let round = 0; round < 3; round++) {
      for (let slot = 0; slot < 1_024; slot++) give(FrameType.request, slot)
      for (let slot = 0; slot < 1_024; slot++) give(FrameType.cancel, slot)
      expect(new Set(failed().map(({ status }) => status))).toEqual(new Set([Status.cancelled]))
    }
    for (let slot = 0; slot < 1_025; slot++) give(FrameType.request, slot)
    expect(failed().map(({ slot, status }) => [slot, status])).toEqual([[1_024, Status.queueFull]])
    responder.admission = { verdict: () => clear }
    responder.release()
    expect(started).toHaveLength(1_024)
  })

  it.each(['answer', 'failure', 'stream', 'gathered'] as const)(
    'D3: of a handler that was cancelled the node is told when it has ended, after its answer: %s',
    async (kind) => {
      const { responder, answers, outbox, give } = answering()
      let end = (): void => undefined
      const until = new Promise<void>((resolve) => {
        end = resolve
      })
      async function* items(): AsyncGenerator<string> {
        yield 'one'
        try {
          await until
        } finally {
          await Promise.resolve()
        }
      }
      const handlers = {
        answer: () => until.then(() => 'late'),
        failure: () => until.then(() => Promise.reject(new Error('late'))),
        stream: () => until.then(() => items()),
        gathered: () => items(),
      }
      responder.serve(handlers[kind])
      give(FrameType.request, 1)
      await turn()
      give(FrameType.cancel, 1)
      outbox.flush()
      await turn()
      expect([answers.failed.map(({ status }) => status), answers.ended]).toEqual([[Status.cancelledRunning], []])
      end()
      await turn()
      outbox.flush()
      expect(answers.ended).toEqual([{ slot: 1, generation: 1, after: 1 }])
    },
  )

  it('D3: nothing is said of what was cancelled before it began, nor on another link than that of its request', async () => {
    const { responder, answers, outbox, give, serve } = answering()
    give(FrameType.request, 1)
    give(FrameType.cancel, 1)
    let end = (): void => undefined
    responder.serve(
      () =>
        new Promise((resolve) => {
          end = () => {
            resolve('late')
          }
        }),
    )
    give(FrameType.request, 2)
    give(FrameType.cancel, 2)
    outbox.flush()
    responder.linkLost()
    responder.connect(answers, false)
    serve()
    end()
    await turn()
    outbox.flush()
    expect([answers.failed.length, answers.ended]).toEqual([2, []])
  })
})
