import { mkdtemp } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { incarnation, nodeName } from '@ring/platform'
import { DialerHandshake } from '@ring/transport'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listenPlain, plainDialer, staticRouting } from '../bench/plain-links.ts'
import { addressedPartition, lengthBytes, Offset } from './core/frames/frame-header.ts'
import { attachProgram, createMessaging, type Messaging, type Program, systemClock } from './index.ts'
import { programSide } from './program-handshake.ts'

let messaging: Messaging
let client: Program
let path: string
let dataPort: number
let close: () => void

beforeAll(async () => {
  const runtimeDirectory = join(await mkdtemp(join(tmpdir(), 'ring-')), 'run')
  path = join(runtimeDirectory, 'program.sock')
  messaging = await createMessaging({
    group: 'test',
    name: nodeName('s0'),
    incarnation: incarnation(1),
    role: 'server',
    runtimeDirectory,
    clock: systemClock,
    random: { uint32: () => 0 },
    dialer: plainDialer,
  })
  const { server, address } = await listenPlain(() => messaging)
  dataPort = Number(address.split(':')[1])
  close = () => server.close()
  messaging.setRouting(staticRouting([{ name: 's0', address }]))
  messaging.embed({ role: 'server', name: 'echo' }).serve((request) => request.body)
  client = await attachProgram({ path, role: 'client', name: 'bystander' })
})

afterAll(async () => {
  await client.close()
  await messaging.stop({ drainMs: 50 })
  close()
})

/** Writes, then waits until the node has closed the link or has had time to answer. */
async function attack(target: string | number, pieces: readonly Uint8Array[]): Promise<void> {
  const socket = typeof target === 'number' ? connect(target, '127.0.0.1') : connect(target)
  await new Promise<void>((resolve) => {
    socket.on('error', () => undefined)
    socket.once('close', () => {
      resolve()
    })
    socket.once('connect', () => {
      for (const piece of pieces) socket.write(piece)
      socket.end()
    })
    socket.resume()
  })
}

async function isStillServed(): Promise<void> {
  const body = new Uint8Array([1, 2, 3])
  expect(Buffer.from(await client.request('key', body)).equals(body)).toBe(true)
}

const noise = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 4 })
/** Frames with a right length, and now and then a right beginning. */
const frames = fc.array(
  fc.record({
    type: fc.oneof(fc.constantFrom(1, 2, 3, 4, 5, 6, 16, 17, 18, 19, 32, 33), fc.nat(255)),
    flags: fc.oneof(fc.constant(0), fc.constant(128), fc.nat(255)),
    words: fc.oneof(fc.constant(10), fc.constant(12), fc.nat(60)),
    isAddressed: fc.boolean(),
    rest: fc.uint8Array({ minLength: 30, maxLength: 200 }),
    plausible: fc.boolean(),
  }),
  { maxLength: 10 },
)

/** A frame with its length field. */
function withLength(frame: Uint8Array): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32LE(frame.length)
  return Buffer.concat([length, frame])
}

/** What a program sends to attach. Without a key its proof is the same whatever the challenge. */
function attaching(services: { services?: boolean; serves?: string } = {}): { hello: Buffer; identity: Buffer } {
  const identity = { group: '', program: 'hostile', role: 'server', pid: 1, ...services } as const
  const dialer = new DialerHandshake(programSide, identity, 'program')
  const challenge = new Uint8Array(36)
  challenge[0] = 1
  return { hello: withLength(dialer.opening), identity: withLength(dialer.onFrame(challenge).send!) }
}

interface Hostile {
  readonly type: number
  readonly flags: number
  readonly words: number
  readonly isAddressed: boolean
  readonly rest: Uint8Array
  readonly plausible: boolean
}

function framed({ type, flags, words, isAddressed, rest, plausible }: Hostile): Buffer {
  const body = Buffer.concat([Buffer.from([type, flags, 1, words]), rest])
  if (plausible) body.fill(0, 4, Math.min(body.length, 36))
  if (isAddressed) body.writeUInt32LE(addressedPartition, Offset.partition - lengthBytes)
  return withLength(body)
}

describe('a node under hostile input', () => {
  it('survives arbitrary bytes on the program socket and on a data link', async () => {
    await fc.assert(
      fc.asyncProperty(noise, async (pieces) => {
        await attack(path, pieces)
        await attack(dataPort, pieces)
        await isStillServed()
      }),
      { numRuns: 60 },
    )
  })

  it('survives arbitrary frames from a program that has attached, and from a peer', async () => {
    const speaking = fc.constantFrom({}, { services: true }, { services: true, serves: 'accounts' })
    await fc.assert(
      fc.asyncProperty(frames, speaking, async (given, services) => {
        const bytes = given.map(framed)
        const { hello, identity } = attaching(services)
        await attack(path, [hello, identity, ...bytes])
        await attack(dataPort, bytes)
      }),
      { numRuns: 60 },
    )
    // The hostile server programs have left, so requests go to the honest one.
    await isStillServed()
    expect(messaging.programs.map(({ name }) => name).sort()).toEqual(['bystander', 'echo'])
  })

  it('does not let in a program whose identity is no map of the schema', async () => {
    const bad = Buffer.concat([Buffer.alloc(32), Buffer.from([0xc1, 0xff, 0x00])])
    await attack(path, [attaching().hello, withLength(bad)])
    expect(messaging.programs.length).toBe(2)
  })

  it('keeps at most 128 unfinished handshakes, and closes the oldest first', async () => {
    const sockets = Array.from({ length: 140 }, () => connect(path).on('error', () => undefined))
    let closed = 0
    for (const socket of sockets) socket.once('close', () => closed++)
    for (const socket of sockets) socket.resume()
    while (closed < 12) await new Promise((resolve) => setTimeout(resolve, 10))
    expect(closed).toBe(12)
    await isStillServed()
    for (const socket of sockets) socket.destroy()
  })
})
