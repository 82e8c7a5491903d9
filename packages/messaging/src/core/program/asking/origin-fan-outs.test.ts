import { describe, expect, it } from 'vitest'
import { AskingProgram, bytesOf, keys, routing } from '../../../simulation/asking-program.ts'
import {
  Flag,
  FrameType,
  Offset,
  readU32,
  writeExchange,
  writeHeader,
  writeU32,
  writeU48,
} from '../../frames/frame-header.ts'
import { Status } from '../../frames/status.ts'
import type { BroadcastAnswer } from './pending-request.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

function replicating(
  options: { readonly knowsMoves?: boolean; readonly signal?: AbortSignal; readonly deadlineMs?: number } = {},
) {
  const { knowsMoves = true, ...given } = options
  const program = new AskingProgram(true, true, knowsMoves)
  const ends: (readonly BroadcastAnswer[] | Error)[] = []
  const ask = (text: string) => {
    program.endpoint.origin.request(FrameType.replicate, keys[0]!, bytesOf(text), given).then(
      (answers) => ends.push(answers as readonly BroadcastAnswer[]),
      (error: unknown) => ends.push(error as Error),
    )
  }
  const answer = (request: Buffer, more: boolean, status = 0, version = 0, server = 0) => {
    const frame = new Uint8Array(40)
    writeHeader(frame, 0, status === 0 ? FrameType.reply : FrameType.failed, more ? Flag.notLast : 0, 0)
    writeExchange(frame, 0, readU32(request, Offset.slot), readU32(request, Offset.generation))
    writeU32(frame, Offset.server, server)
    writeU32(frame, Offset.status, status)
    writeU48(frame, Offset.tableVersion, version)
    program.endpoint.onFrames(frame, 0, frame.length)
  }
  return { program, ends, ask, answer }
}

const none = 0xffff_ffff
const isRest = (frame: Buffer): boolean => (frame[Offset.flags]! & Flag.rest) !== 0
const idOf = (frame: Buffer): number => readU32(frame, Offset.requestId)

describe('a fan-out whose partition moves', () => {
  it('D4: the rest of it goes out in its turn under the same request id, and all answers are one', async () => {
    const { program, ends, ask, answer } = replicating()
    program.ask('before')
    ask('all')
    const [before, all] = program.sent()
    answer(all!, true, Status.moved, 2)
    answer(all!, false)
    program.answer(before!, Status.moved, 2)
    program.ask('later')
    expect(program.sent()).toEqual([])
    program.endpoint.setRouting(routing(2))
    const again = program.sent()
    expect(again.map(idOf)).toEqual([idOf(before!), idOf(all!), idOf(all!) + 1])
    expect(again.map(isRest)).toEqual([false, true, false])
    answer(again[1]!, false)
    await turn()
    expect(ends.map((one) => (one instanceof Error ? one : one.map(({ ok }) => ok)))).toEqual([[true, true]])
  })

  it('D4: what nobody has had goes out again as a whole', async () => {
    const { program, ends, ask, answer } = replicating()
    ask('all')
    const [all] = program.sent()
    answer(all!, true, Status.moved, 2)
    answer(all!, false, Status.moved, 3)
    program.endpoint.setRouting(routing(2))
    expect(program.sent()).toEqual([])
    program.endpoint.setRouting(routing(3))
    const [again] = program.sent()
    expect(isRest(again!)).toBe(false)
    answer(again!, false)
    await turn()
    expect(ends).toHaveLength(1)
  })

  it('D4: where nobody is left to ask, that is one answer less', async () => {
    const { program, ends, ask, answer } = replicating()
    ask('all')
    const [all] = program.sent()
    answer(all!, true)
    answer(all!, false, Status.moved, 2)
    program.endpoint.setRouting(routing(2))
    answer(program.sent()[0]!, false, Status.moved, 0, none)
    await turn()
    expect(ends.map((one) => (one instanceof Error ? one : one.map(({ ok }) => ok)))).toEqual([[true]])
  })

  it('K1: of one that some have had, neither a deadline nor an abort says "not delivered"', async () => {
    const controller = new AbortController()
    for (const end of ['deadline', 'abort'] as const) {
      const { program, ends, ask, answer } = replicating({ deadlineMs: 100, signal: controller.signal })
      ask('all')
      const [all] = program.sent()
      answer(all!, true)
      answer(all!, false, Status.moved, 2)
      if (end === 'abort') controller.abort()
      else program.endpoint.tick(1_000)
      await turn()
      expect((ends[0] as { code?: string }).code).toMatch(/^RING_MAYBE_DELIVERED/)
    }
  })

  it('F6: a node that does not send the rest is not asked to: who moved is an answer', async () => {
    const { program, ends, ask, answer } = replicating({ knowsMoves: false })
    ask('all')
    const [all] = program.sent()
    answer(all!, true)
    answer(all!, false, Status.moved, 2)
    await turn()
    expect(ends.map((one) => (one instanceof Error ? one : one.map(({ ok }) => ok)))).toEqual([[true, false]])
  })
})
