import { describe, expect, it } from 'vitest'
import { AskingProgram, keys, routing } from '../../../simulation/asking-program.ts'
import { FrameType, Offset, readU32 } from '../../frames/frame-header.ts'
import { Status } from '../../frames/status.ts'

const settled = (): Promise<void> => new Promise(setImmediate)

/** A program that has sent the first frame and all chunks of a large body for the first key. */
function withLargeOut() {
  const program = new AskingProgram()
  program.ask(large('L1'))
  const frames = program.sent()
  const [first] = frames
  expect(frames.length).toBeGreaterThan(4)
  return { program, first: first! }
}

const large = (name: string): string => name.padEnd(70_000)
const shown = (text: string): string => text.replace(/ +:/, ':')
const begun = (frames: readonly Buffer[]): string[] =>
  frames
    .filter((frame) => frame[Offset.type] === FrameType.request)
    .map((frame) =>
      frame
        .subarray(frame[Offset.words]! * 4 + 2, frame[Offset.words]! * 4 + 6)
        .toString()
        .trimEnd(),
    )

/** Another key of the first partition. */
const neighbour = (() => {
  const program = new AskingProgram()
  for (let i = 0; ; i++) {
    const key = `n${i}`
    void program.endpoint.origin.request(FrameType.request, key, new Uint8Array(1), undefined).catch(() => undefined)
    if (readU32(program.sent()[0]!, Offset.partition) === 0) return key
  }
})()

describe('Origin, large bodies', () => {
  it('K2: what is of the key of a large body waits for its answer, in order; others of its partition do not', async () => {
    const { program, first } = withLargeOut()
    for (const text of ['a', large('L2'), 'b']) program.ask(text)
    void program.endpoint.origin.request(FrameType.request, neighbour, Buffer.from('next'), undefined)
    program.ask('far', 1)
    expect(begun(program.sent())).toEqual(['next', 'far'])
    program.answer(first)
    const [a, second] = program.sent()
    expect(begun([a!, second!])).toEqual(['a', 'L2'])
    program.answer(a!)
    expect(begun(program.sent())).toEqual([])
    program.answer(second!)
    for (const frame of program.sent()) program.answer(frame)
    await settled()
    expect(program.ends.map(shown)).toEqual(['L1: reply', 'a: reply', 'L2: reply', 'b: reply'])
  })

  it('K2, D5: a stream that has opened holds up neither its key, though its body was large, nor a partition that moves', async () => {
    const program = new AskingProgram(true, true)
    const { origin } = program.endpoint
    const stream = origin.requestStream(keys[0]!, Buffer.from(large('S')), undefined)
    const [first] = program.sent()
    program.ask('a')
    expect(begun(program.sent())).toEqual([])
    program.openStream(first!)
    const [a] = program.sent().filter((frame) => frame[Offset.type] === FrameType.request)
    expect(begun([a!])).toEqual(['a'])
    program.endpoint.setRouting(routing(2, [0]))
    program.ask('b')
    // What is out holds the partition; the stream, which is still open, does not.
    expect(begun(program.sent())).toEqual([])
    program.answer(a!)
    expect(begun(program.sent())).toEqual(['b'])
    expect(origin.pending.used).toBe(2)
    await stream.return?.()
    expect(origin.pending.used).toBe(1)
  })

  it('D5, K2: a large body that comes back "moved" goes first, before what waited for it', () => {
    const { program, first } = withLargeOut()
    for (const text of ['a', 'b']) program.ask(text)
    program.answer(first, Status.moved, 2)
    program.ask('c')
    expect(program.sent()).toEqual([])
    program.endpoint.setRouting(routing(2, [0]))
    const again = program.sent()
    expect(begun(again)).toEqual(['L1'])
    program.answer(again[0]!)
    expect(begun(program.sent())).toEqual(['a', 'b', 'c'])
  })

  it('K2: what waits for a large body waits for a link as well when that is lost, and keeps its order', async () => {
    const { program } = withLargeOut()
    for (const text of ['a', 'b']) program.ask(text, 0, { whenDown: 'wait' })
    program.endpoint.linkLost()
    program.ask('c', 0, { whenDown: 'wait' })
    await settled()
    expect(program.ends.map(shown)).toEqual(['L1: link-lost'])
    program.endpoint.connect(program, true)
    program.endpoint.tick(1_000)
    expect(begun(program.sent())).toEqual(['a', 'b', 'c'])
  })
})
