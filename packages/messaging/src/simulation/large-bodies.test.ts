import { describe, expect, it } from 'vitest'
import { staticRouting } from '../../bench/plain-links.ts'
import { windowBytes } from '../core/frames/credit-frame.ts'
import { chunkBytes, FrameType } from '../core/frames/frame-header.ts'
import type { RequestOptions } from '../core/program/asking/request-options.ts'
import { type SimulatedNode, SimulatedRing } from './simulated-ring.ts'

const mebibyte = 1_024 * 1_024
/** What frames of a body take beside its bytes. */
const headers = 4_096

/** A program of a slave that asks one of a server for what it sends: four processes, with queues between them. */
function fourProcesses(slaveKnows = true, serverKnows = true) {
  const ring = new SimulatedRing(1)
  const slave = ring.addNode('slave', false, 1, slaveKnows)
  const server = ring.addNode('s0', true, 1, serverKnows)
  ring.announce(staticRouting([{ name: 's0', address: '' }]))
  const data = ring.link(slave, server)
  const bodies: number[] = []
  const serving = ring.addProgram(server, 'serving', (request) => {
    bodies.push(request.body.length)
    return request.body
  })
  const asking = ring.addProgram(slave, 'asking', undefined)
  const ends: string[] = []
  const ask = (key: string, body: Uint8Array, options?: RequestOptions): void => {
    asking.endpoint.origin.request(FrameType.request, key, body, options).then(
      (answer) => ends.push(`${key}: ${Buffer.compare(answer as Uint8Array, body) === 0 ? 'the same' : 'another'}`),
      (error: unknown) => ends.push(`${key}: ${(error as { reason: string }).reason}`),
    )
  }
  const nodeEnd = (node: SimulatedNode) => [...node.programPorts][0]!.link
  return { ring, slave, server, data, serving, asking, bodies, ends, ask, nodeEnd }
}

const filled = (bytes: number): Uint8Array => new Uint8Array(bytes).map((_, at) => at * 31)

/** Lets everything arrive but at one link's other end, which does not read. */
async function settleBut(
  ring: SimulatedRing,
  unread: { deliver(writes: number): void },
  rounds: number,
): Promise<void> {
  const deliver = unread.deliver.bind(unread)
  const isWaiting = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(unread), 'hasWaiting')!
  Object.defineProperty(unread, 'hasWaiting', { value: false, configurable: true })
  unread.deliver = () => undefined
  await ring.settle(rounds)
  Object.defineProperty(unread, 'hasWaiting', isWaiting)
  unread.deliver = deliver
}

describe('large bodies', () => {
  it('arrive whole, both ways, beside each other', async () => {
    const { ring, ends, bodies, ask } = fourProcesses()
    for (const key of ['a', 'b', 'c', 'd']) ask(key, filled(mebibyte + key.charCodeAt(0)))
    ask('small', filled(10))
    await ring.settle(60)
    expect(ends.sort()).toEqual(['a: the same', 'b: the same', 'c: the same', 'd: the same', 'small: the same'])
    expect(bodies).toHaveLength(5)
    expect(ring.violations).toEqual([])
  })

  it.each([
    [true, false],
    [false, true],
  ])('F6: pass nodes of which one knows no credit (slave: %s, server: %s)', async (slaveKnows, serverKnows) => {
    const { ring, ends, ask } = fourProcesses(slaveKnows, serverKnows)
    ask('a', filled(mebibyte))
    await ring.settle(60)
    expect(ends).toEqual(['a: the same'])
    expect(ring.violations).toEqual([])
  })

  it('K3: a program that does not read costs its node the window of each body, and nobody waits for it', async () => {
    const { ring, server, nodeEnd, ask, ends, bodies } = fourProcesses()
    await ring.settle(2)
    const unread = nodeEnd(server) as unknown as { queuedBytes: number; deliver(writes: number): void }
    const before = unread.queuedBytes
    const other = ring.addProgram(server, 'other', () => new Uint8Array(1), 'other')
    const asking = ring.programs.find(({ name }) => name === 'asking')!
    for (const key of ['a', 'b', 'c']) ask(key, filled(2 * mebibyte))
    await settleBut(ring, unread, 20)
    expect(unread.queuedBytes - before).toBeGreaterThan(3 * (windowBytes - chunkBytes))
    expect(unread.queuedBytes - before).toBeLessThanOrEqual(3 * (windowBytes + headers))
    const service = asking.endpoint.origin.services.named('other')
    const small = asking.endpoint.origin.request(FrameType.request, 'd', filled(100), undefined, service)
    await settleBut(ring, unread, 5)
    expect(await small).toEqual(new Uint8Array(1))
    expect([ends, bodies]).toEqual([[], []])
    // It reads a little, and is sent as much.
    unread.deliver(9)
    await settleBut(ring, unread, 5)
    expect(unread.queuedBytes).toBeLessThanOrEqual(3 * (windowBytes + headers))
    // It reads again.
    await ring.settle(60)
    expect(ends).toHaveLength(3)
    expect(other.endpoint.responder.running).toBe(0)
  })

  it('K3: who does not read an answer costs the window of it on the way', async () => {
    const { ring, slave, serving, nodeEnd, ask, ends } = fourProcesses()
    await ring.settle(2)
    serving.endpoint.responder.serve(() => filled(mebibyte))
    const unread = nodeEnd(slave) as unknown as { queuedBytes: number; deliver(writes: number): void }
    for (const key of ['a', 'b', 'c']) ask(key, filled(10))
    await settleBut(ring, unread, 20)
    expect(unread.queuedBytes).toBeGreaterThan(3 * (windowBytes - chunkBytes))
    expect(unread.queuedBytes).toBeLessThanOrEqual(3 * (windowBytes + headers))
    await ring.settle(60)
    expect(ends).toHaveLength(3)
  })

  it('K1: a body that stops in the middle for ever ends at its deadline, and nothing of it is kept', async () => {
    const { ring, slave, server, serving, asking, nodeEnd, ask, ends, bodies } = fourProcesses()
    await ring.settle(2)
    const unread = nodeEnd(server) as unknown as { deliver(writes: number): void }
    ask('a', filled(mebibyte), { deadlineMs: 400 })
    await settleBut(ring, unread, 30)
    expect(ends).toEqual(['a: overdue-running'])
    await ring.settle(5)
    expect(bodies).toEqual([])
    expect([asking.endpoint.isIdle, serving.endpoint.isIdle, slave.relay.out, server.relay.out]).toEqual([
      true,
      true,
      0,
      0,
    ])
  })

  it('K1: an answer that is not read any more ends with its call, at the program that sends it too', async () => {
    const { ring, slave, server, serving, nodeEnd, ends } = fourProcesses()
    await ring.settle(2)
    serving.endpoint.responder.serve(() => filled(mebibyte))
    const asking = ring.programs.find(({ name }) => name === 'asking')!
    const abort = new AbortController()
    const { origin } = asking.endpoint
    origin.request(FrameType.request, 'a', filled(1), { signal: abort.signal }).catch((error: unknown) => {
      ends.push((error as { reason: string }).reason)
    })
    const unread = nodeEnd(slave) as unknown as { deliver(writes: number): void }
    await settleBut(ring, unread, 10)
    expect(serving.endpoint.responder.running).toBe(1)
    abort.abort()
    await settleBut(ring, unread, 5)
    expect([serving.endpoint.responder.running, server.relay.out]).toEqual([0, 0])
    await ring.settle(5)
    expect(ends).toEqual(['cancelled-running'])
  })
})
