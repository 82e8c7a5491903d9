import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AskingProgram, bytesOf, keys } from '../../../simulation/asking-program.ts'
import { FrameType } from '../../frames/frame-header.ts'
import { firstMaybeDelivered, Status } from '../../frames/status.ts'
import { MaybeDeliveredError, NotDeliveredError } from '../errors.ts'

const refusals = [Status.noServer, Status.queueFull, Status.noProgram, Status.noLink, Status.closing, 31] as const
const doubts = [Status.linkLost, Status.programLost, Status.overdueRunning] as const

/** What may become of a call before it ends. */
const happenings = fc.oneof(
  fc.record({ kind: fc.constant('answer' as const), status: fc.constantFrom(...refusals, ...doubts) }),
  fc.record({ kind: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 600 }) }),
  fc.record({ kind: fc.constant('link lost' as const) }),
  fc.record({ kind: fc.constant('connected' as const) }),
)
const lastWords = fc.constantFrom('deadline', 'cancel', 'close')

describe('the end of a call', () => {
  it('K1: a call of which one try may have been delivered never ends "not delivered"', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(happenings, { maxLength: 12 }),
        lastWords,
        fc.record({
          idempotent: fc.boolean(),
          whenDown: fc.constantFrom('wait', 'fail'),
          whenFull: fc.constantFrom('wait', 'fail'),
          deadlineMs: fc.constantFrom(0, 2_000),
        }),
        fc.constantFrom(1, 70_000),
        async (events, last, options, size) => {
          const program = new AskingProgram()
          const controller = new AbortController()
          const call = { ended: undefined as unknown, mayHaveRun: false, tries: 0 }
          const all = { ...options, signal: controller.signal } as const
          program.endpoint.origin.request(FrameType.request, keys[0]!, new Uint8Array(size), all).then(
            () => (call.ended = 'reply'),
            (error: unknown) => (call.ended = error),
          )
          let nowMs = 0
          let out: Buffer | undefined
          const look = (): void => {
            const sent = program.sent().find((frame) => frame[4] === FrameType.request)
            if (sent === undefined) return
            out = sent
            call.tries++
          }
          look()
          for (const event of events) {
            if (event.kind === 'pass') program.endpoint.tick((nowMs += event.ms))
            else if (event.kind === 'connected') program.endpoint.connect(program)
            else if (event.kind === 'link lost') {
              if (out !== undefined && call.ended === undefined) call.mayHaveRun = true
              out = undefined
              program.endpoint.linkLost()
            } else if (out !== undefined) {
              const frame = out
              out = undefined
              if (event.status >= firstMaybeDelivered) call.mayHaveRun = true
              program.answer(frame, event.status)
            }
            await Promise.resolve()
            if (call.ended !== undefined) break
            look()
          }
          if (call.ended === undefined) finish(program, controller, last, nowMs)
          await new Promise(setImmediate)
          expect(call.ended).toBeDefined()
          if (call.mayHaveRun) expect(call.ended).not.toBeInstanceOf(NotDeliveredError)
        },
      ),
      { numRuns: 500 },
    )
  })

  it('K1: the reason is of the try that may have run, the cause tells why the later ones did not', async () => {
    const program = new AskingProgram()
    const ended = program.endpoint.origin
      .request(FrameType.request, keys[0]!, bytesOf('a'), { idempotent: true, deadlineMs: 100 })
      .catch((error: unknown) => error)
    program.answer(program.sent()[0]!, Status.linkLost)
    program.endpoint.tick(60)
    program.answer(program.sent()[0]!, Status.noServer)
    program.endpoint.tick(200)
    const error = await ended
    expect(error).toBeInstanceOf(MaybeDeliveredError)
    expect(error).toMatchObject({ reason: 'link-lost', cause: { reason: 'no-server', isOverdue: true } })
  })

  it('K1: a node that says overdue ends no call early, were it counted from a little before it was made', async () => {
    const program = new AskingProgram()
    program.endpoint.time(1_000)
    // The clock is read for the first four calls of a turn, and then at its end.
    for (const text of ['1', '2', '3', '4', 'late']) program.ask(text, 0, { deadlineMs: 300 })
    program.endpoint.time(1_004)
    const late = program.sent().at(-1)!
    program.endpoint.time(1_301)
    program.answer(late, Status.overdue)
    await new Promise(setImmediate)
    expect(program.ends).toEqual([])
    program.endpoint.tick(1_330)
    await new Promise(setImmediate)
    expect(program.ends).toContain('late: overdue')
  })
})

function finish(program: AskingProgram, controller: AbortController, last: string, nowMs: number): void {
  if (last === 'cancel') controller.abort()
  if (last === 'close') {
    program.endpoint.origin.stopAsking()
    program.endpoint.linkLost()
  }
  for (let turn = 1; turn <= 100; turn++) program.endpoint.tick(nowMs + turn * 100)
  if (program.endpoint.origin.pending.used === 0) return
  // Without a deadline a call ends with its program.
  program.endpoint.origin.stopAsking()
  program.endpoint.linkLost()
}
