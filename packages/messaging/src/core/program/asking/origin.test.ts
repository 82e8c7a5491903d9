import { describe, expect, it } from 'vitest'
import { AskingProgram, bytesOf, keys, routing } from '../../../simulation/asking-program.ts'
import { FrameType, headerBytes, Offset, readU48, writeHeader, writeU32 } from '../../frames/frame-header.ts'
import { Status } from '../../frames/status.ts'

const settled = (): Promise<void> => new Promise(setImmediate)

describe('Origin', () => {
  it('D5: what came back "moved" goes first, stamped anew, then what was held; other partitions go on', async () => {
    const program = new AskingProgram()
    for (const text of ['a', 'b', 'c']) program.ask(text)
    const [a, b, c] = program.sent()
    program.answer(b!, Status.moved, 2)
    program.ask('d')
    program.ask('other', 1)
    expect(program.texts()).toEqual(['other'])
    program.answer(c!, Status.moved, 2)
    program.answer(a!)
    expect(program.texts()).toEqual([])
    program.endpoint.setRouting(routing(2, [0]))
    const again = program.sent()
    expect(again.map((frame) => frame.subarray(headerBytes + 2).toString())).toEqual(['b', 'c', 'd'])
    expect(again.map((frame) => readU48(frame, Offset.tableVersion))).toEqual([2, 2, 2])
    for (const frame of again) program.answer(frame)
    await settled()
    expect(program.ends).toEqual(['a: reply', 'b: reply', 'c: reply', 'd: reply'])
  })

  it('D5: a routing that never comes is not waited for: the server that named it is asked again, in order', async () => {
    const program = new AskingProgram()
    for (const text of ['a', 'b']) program.ask(text)
    // It was of a branch, which counts from its own beginning, and has joined those that count lower since.
    for (const frame of program.sent()) program.answer(frame, Status.moved, 1_000_000)
    program.ask('c')
    program.endpoint.tick(480)
    expect(program.texts()).toEqual([])
    program.endpoint.tick(500)
    const again = program.sent()
    expect(again.map((frame) => frame.subarray(headerBytes + 2).toString())).toEqual(['a', 'b', 'c'])
    for (const frame of again) program.answer(frame)
    await settled()
    expect(program.ends).toEqual(['a: reply', 'b: reply', 'c: reply'])
  })

  it.each([Status.closing, Status.noProgram, Status.noServer, Status.noLink])(
    'K2: who waits when a server is away (%i) is sent again, in order, until somebody takes it',
    async (status) => {
      const program = new AskingProgram()
      for (const text of ['a', 'b', 'c']) program.ask(text, 0, { whenDown: 'wait' })
      for (let turn = 1; turn <= 3; turn++) {
        const sent = program.sent()
        expect(sent.map((frame) => frame.subarray(headerBytes + 2).toString())).toEqual(['a', 'b', 'c'])
        for (const frame of sent) program.answer(frame, status)
        program.endpoint.tick(turn * 40)
      }
      program.ask('d', 0, { whenDown: 'wait' })
      for (const frame of program.sent()) program.answer(frame)
      await settled()
      expect(program.ends).toEqual(['a: reply', 'b: reply', 'c: reply', 'd: reply'])
    },
  )

  it('K2: who waits while its own node is away is sent in order when a node is back; others hear at once', async () => {
    const program = new AskingProgram()
    program.endpoint.linkLost()
    program.ask('a', 0, { whenDown: 'wait' })
    program.ask('at once', 0)
    program.ask('b', 1, { whenDown: 'wait' })
    await settled()
    expect(program.ends).toEqual(['at once: no-link'])
    program.endpoint.tick(1_000)
    expect(program.texts()).toEqual([])
    program.endpoint.connect(program)
    program.ask('c', 0, { whenDown: 'wait' })
    program.endpoint.tick(1_020)
    const sent = program.sent()
    expect(sent.map((frame) => frame.subarray(headerBytes + 2).toString())).toEqual(['a', 'b', 'c'])
    for (const frame of sent) program.answer(frame)
    await settled()
    expect(program.ends).toEqual(['at once: no-link', 'a: reply', 'b: reply', 'c: reply'])
  })

  it('K2: to a node that stops nothing new is sent; it goes to the next life of the node', async () => {
    const program = new AskingProgram()
    program.ask('out')
    const [out] = program.sent()
    const detach = new Uint8Array(headerBytes)
    writeHeader(detach, 0, FrameType.detach, 0, 0)
    program.endpoint.onFrames(detach, 0, detach.length)
    program.ask('waits', 0, { whenDown: 'wait' })
    program.ask('idempotent', 1, { idempotent: true })
    program.ask('at once')
    program.endpoint.tick(1_000)
    // Its own DETACH: the node knows that nothing is on its way any more.
    expect(program.sent().map((frame) => frame[Offset.type])).toEqual([FrameType.detach])
    program.answer(out!)
    program.endpoint.linkLost()
    program.endpoint.connect(program)
    program.endpoint.tick(2_000)
    for (const frame of program.sent()) program.answer(frame)
    await settled()
    expect(program.ends.sort()).toEqual(['at once: closing', 'idempotent: reply', 'out: reply', 'waits: reply'])
  })

  it.each(['node first', 'program first'])(
    'K2: a program and its node that stop together send nothing late: %s',
    async (order) => {
      const program = new AskingProgram()
      program.ask('a', 0, { whenDown: 'wait' })
      const [a] = program.sent()
      program.answer(a!, Status.closing)
      const detach = new Uint8Array(headerBytes)
      writeHeader(detach, 0, FrameType.detach, 0, 0)
      if (order === 'program first') program.endpoint.origin.stopAsking()
      program.endpoint.onFrames(detach, 0, detach.length)
      program.endpoint.origin.stopAsking()
      program.endpoint.tick(1_000)
      expect(program.sent().map((frame) => frame[Offset.type])).toEqual([FrameType.detach])
      await settled()
      expect(program.ends).toEqual(['a: closing'])
    },
  )

  it('K3: a post that is none takes no room and no count', () => {
    const { posts } = new AskingProgram().endpoint.origin
    const wrong = undefined as unknown as string
    for (let turn = 0; turn < 2_000; turn++) expect(() => posts.post(wrong, bytesOf('x'), undefined)).toThrow(TypeError)
    expect(posts.post(keys[0]!, bytesOf('x'), undefined)).toBe(true)
    expect(posts.counters.taken).toBe(1)
  })

  it('D5: what was held when the link ended goes before what is asked once it is back', () => {
    const program = new AskingProgram()
    program.ask('a')
    program.answer(program.sent()[0]!, Status.moved, 2)
    program.endpoint.linkLost()
    program.endpoint.setRouting(routing(2, [0]))
    program.endpoint.tick(1_000)
    program.endpoint.connect(program)
    program.ask('b')
    program.endpoint.tick(1_020)
    program.endpoint.tick(1_100)
    expect(program.texts()).toEqual(['a', 'b'])
  })

  it('K2: waiting ends with the deadline, not delivered, and tells why it had to wait', async () => {
    const program = new AskingProgram()
    program.ask('a', 0, { whenDown: 'wait', deadlineMs: 100 })
    for (let ms = 20; ms <= 300; ms += 20) {
      for (const frame of program.sent()) program.answer(frame, Status.noProgram)
      if (ms === 60) program.ask('never sent', 0, { whenDown: 'wait', deadlineMs: 1 })
      program.endpoint.tick(ms)
    }
    program.endpoint.linkLost()
    program.ask('no node', 0, { whenDown: 'wait', deadlineMs: 1 })
    program.endpoint.tick(360)
    await settled()
    expect(program.ends).toEqual(['never sent: no-program', 'a: no-program', 'no node: no-link'])
  })

  it.each([
    ['noProgram', 'whenDown'],
    ['queueFull', 'whenFull'],
  ] as const)('K2: the error of a wait that a deadline ended (%s) says both', async (status, option) => {
    const program = new AskingProgram()
    const asked = program.endpoint.origin
      .request(FrameType.request, keys[0]!, bytesOf('a'), { [option]: 'wait', deadlineMs: 10 })
      .catch((error: unknown) => error)
    program.answer(program.sent()[0]!, Status[status])
    program.endpoint.tick(100)
    const reason = status === 'noProgram' ? 'no-program' : 'queue-full'
    expect(await asked).toMatchObject({ reason, isOverdue: true, message: /before its deadline passed/ })
  })

  it('K2: who waits is not passed over for good by a later call of its key, whatever that one met', async () => {
    const program = new AskingProgram()
    program.ask('waits', 0, { whenDown: 'wait' })
    program.ask('b')
    const [waits, b] = program.sent()
    program.answer(waits!, Status.noProgram)
    program.answer(b!)
    program.endpoint.tick(30)
    expect(program.texts()).toEqual(['waits'])
    await settled()
    expect(program.ends).toEqual(['b: reply'])
  })

  it('D5: a later call that certainly was not delivered passes nobody over', async () => {
    const program = new AskingProgram()
    program.ask('a', 0, { whenFull: 'wait' })
    program.ask('b')
    const [a, b] = program.sent()
    program.answer(a!, Status.queueFull)
    program.answer(b!, Status.queueFull)
    program.endpoint.tick(30)
    await settled()
    expect(program.ends).toEqual(['b: queue-full'])
    expect(program.texts()).toEqual(['a'])
  })

  it('D5: a new version holds new requests until those that are out have been answered', () => {
    const program = new AskingProgram()
    program.ask('a')
    const [a] = program.sent()
    program.endpoint.setRouting(routing(2, [0]))
    program.ask('b')
    program.ask('other', 1)
    expect(program.texts()).toEqual(['other'])
    program.answer(a!)
    expect(program.texts()).toEqual(['b'])
  })

  it('D5: nothing is sent that would follow a later request of its key', async () => {
    const program = new AskingProgram()
    program.ask('a', 0, { whenFull: 'wait' })
    program.ask('b')
    const [a, b] = program.sent()
    program.answer(a!, Status.queueFull)
    program.answer(b!)
    program.endpoint.tick(30)
    await settled()
    expect(program.texts()).toEqual([])
    expect(program.ends).toEqual(['b: reply', 'a: moved'])
  })

  it('K3: who waits for room sends again, in order; who does not is told', async () => {
    const program = new AskingProgram()
    program.ask('a', 0, { whenFull: 'wait' })
    program.ask('b', 0, { whenFull: 'wait' })
    program.ask('other', 1)
    for (const frame of program.sent()) program.answer(frame, Status.queueFull)
    expect(program.texts()).toEqual([])
    program.endpoint.tick(25)
    expect(program.texts()).toEqual(['a', 'b'])
    await settled()
    expect(program.ends).toEqual(['other: queue-full'])
  })

  it('K1: a late answer to an earlier try is not taken for the answer to this one', async () => {
    const program = new AskingProgram()
    program.ask('a', 0, { idempotent: true })
    const [first] = program.sent()
    program.answer(first!, Status.linkLost)
    program.endpoint.tick(100)
    const [second] = program.sent()
    program.answer(first!)
    await settled()
    expect(program.ends).toEqual([])
    program.answer(second!)
    await settled()
    expect(program.ends).toEqual(['a: reply'])
  })

  it('K1: a deadline says whether the request was out; one that was held never leaves', async () => {
    const program = new AskingProgram()
    program.ask('a', 0, { deadlineMs: 50 })
    const [a] = program.sent()
    program.endpoint.setRouting(routing(2, [0]))
    program.ask('b', 0, { deadlineMs: 40 })
    program.endpoint.tick(65)
    program.endpoint.tick(75)
    await settled()
    expect(program.ends).toEqual(['b: overdue', 'a: overdue-running'])
    expect(program.sent().map((frame) => frame[Offset.type])).toEqual([FrameType.cancel])
    program.answer(a!)
  })

  it('K1: a broadcast that a node which stood still takes for overdue, before it went out, is sent again', async () => {
    const program = new AskingProgram()
    const ends: string[] = []
    program.endpoint.origin.request(FrameType.broadcast, '', new Uint8Array(1), { deadlineMs: 400 }).then(
      () => ends.push('answers'),
      (error: unknown) => ends.push((error as { reason: string }).reason),
    )
    const overdue = (request: Buffer) => {
      const frame = new Uint8Array(headerBytes)
      writeHeader(frame, 0, FrameType.failed, 0, 0)
      frame.set(request.subarray(Offset.slot, Offset.keyHash), Offset.slot)
      writeU32(frame, Offset.server, 0xffff_ffff)
      writeU32(frame, Offset.status, Status.overdue)
      program.endpoint.onFrames(frame, 0, frame.length)
    }
    overdue(program.sent()[0]!)
    program.endpoint.tick(100)
    await settled()
    expect(ends).toEqual([])
    program.endpoint.tick(405)
    for (const frame of program.sent()) if (frame[Offset.type] === FrameType.broadcast) overdue(frame)
    await settled()
    expect(ends).toEqual(['overdue'])
  })

  it('a record that is used again is not sent twice', () => {
    const program = new AskingProgram()
    const controller = new AbortController()
    program.ask('a', 0, { idempotent: true, signal: controller.signal })
    program.answer(program.sent()[0]!, Status.noLink)
    controller.abort()
    program.ask('b', 0, { idempotent: true })
    program.answer(program.sent()[0]!, Status.noLink)
    program.endpoint.tick(1_000)
    expect(program.texts()).toEqual(['b'])
  })
})
