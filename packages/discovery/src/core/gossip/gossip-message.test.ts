import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GossipFrameSplitter, gossipFrame, gossipGoodbye } from './gossip-frames.ts'
import { decodeGossipMessage, encodeGossipMessage, type GossipMessage, gossipTypes } from './gossip-message.ts'
import type { JGroupsAddress, PingData } from './jgroups-types.ts'

const bytesOf = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16))
const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

const [uuidA, uuidB] = ['f45897e9613d45c293ec0a808dd98e4f', 'da0f248e4a74477696f682a153d9b018']
const address = (uuid: string): JGroupsAddress => ({ kind: 'uuid', uuid })
const physical = (port: number): JGroupsAddress => ({ kind: 'ip', host: '127.0.0.1', port })
const data = (uuid: string, logicalName: string, port: number): PingData => ({
  ...{ address: address(uuid), flags: 1, logicalName },
  physicalAddress: physical(port),
})

/** What JGroups 5.6 put on the wire in a cluster "bench" of two members, A and B. */
const captured: readonly (readonly [string, string, GossipMessage])[] = [
  [
    'REGISTER',
    '0000002d0001000562656e63680293ec0a808dd98e4ff45897e9613d45c20101000141000010047f0000011e7800000000',
    { type: 'register', group: 'bench', address: address(uuidA), logicalName: 'A', physicalAddress: physical(7800) },
  ],
  ['GET_MBRS', '000000130201000562656e636801010000000100000000', { type: 'get-mbrs', group: 'bench' }],
  [
    'GET_MBRS_RSP_LAST',
    '000000530701000562656e636801010000020293ec0a808dd98e4ff45897e9613d45c2010100014110047f0000011e78ffff0296f682a153d9b018da0f248e4a744776010100014210047f0000011e79ffff0100000000',
    { type: 'get-mbrs-rsp-last', group: 'bench', pingData: [data(uuidA, 'A', 7800), data(uuidB, 'B', 7801)] },
  ],
  [
    'UNREGISTER',
    '000000230101000562656e63680296f682a153d9b018da0f248e4a744776010000000100000000',
    { type: 'unregister', group: 'bench', address: address(uuidB) },
  ],
  [
    'SUSPECT',
    '000000230601000562656e63680296f682a153d9b018da0f248e4a744776010000000100000000',
    { type: 'suspect', group: 'bench', address: address(uuidB) },
  ],
]

describe('the wire protocol of GossipRouter', () => {
  for (const [name, hex, message] of captured) {
    it(`B2: ${name} is written and read as JGroups 5.6 has it`, () => {
      expect(hexOf(gossipFrame(encodeGossipMessage(message)))).toBe(hex)
      const { frames } = new GossipFrameSplitter(1024).push(bytesOf(hex))
      expect(decodeGossipMessage(frames[0]!)).toMatchObject(message)
    })
  }

  it('B2: a connection is closed with the length -5', () => {
    expect(hexOf(gossipGoodbye)).toBe('fffffffb')
    expect(new GossipFrameSplitter(1024).push(bytesOf('fffffffb'))).toEqual({ frames: [], end: 'goodbye' })
  })

  const text = fc.string({ unit: 'binary', maxLength: 40 })
  const port = fc.integer({ min: 1, max: 65_535 })
  const uuid = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => address(hexOf(bytes)))
  const ip = fc.record({ kind: fc.constant('ip' as const), host: fc.ipV4(), port })
  const member = fc.record({
    address: uuid,
    flags: fc.integer({ min: 0, max: 3 }),
    logicalName: fc.option(text, { nil: undefined }),
    physicalAddress: fc.option(ip, { nil: undefined }),
  })
  const anyMessage = fc.record({
    type: fc.constantFrom(...gossipTypes.filter((type) => type !== 'message')),
    group: fc.option(text, { nil: undefined }),
    address: fc.option(uuid, { nil: undefined }),
    sender: fc.option(uuid, { nil: undefined }),
    logicalName: fc.option(text, { nil: undefined }),
    pingData: fc.array(member, { maxLength: 5 }),
    physicalAddress: fc.option(ip, { nil: undefined }),
  })

  it('B2: what is written is read again, whatever it is and however the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(anyMessage, { maxLength: 5 }), fc.integer({ min: 1, max: 50 }), (messages, step) => {
        const stream = Buffer.concat(messages.map((message) => gossipFrame(encodeGossipMessage(message))))
        const splitter = new GossipFrameSplitter(64 * 1024)
        const read: (GossipMessage | undefined)[] = []
        for (let at = 0; at < stream.length; at += step)
          read.push(...splitter.push(stream.subarray(at, at + step)).frames.map(decodeGossipMessage))
        expect(read).toEqual(messages)
      }),
    )
  })

  it('B2: no bytes make a decoder throw', () => {
    const frames = captured.map(([, hex]) => bytesOf(hex).subarray(4))
    const broken = fc
      .tuple(fc.constantFrom(...frames), fc.nat(), fc.nat(255), fc.nat())
      .map(([frame, at, byte, end]) => {
        const bytes = frame.slice(0, 1 + (end % (2 * frame.length)))
        bytes[at % bytes.length] = byte
        return bytes
      })
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), broken), (bytes) => {
        decodeGossipMessage(bytes)
        new GossipFrameSplitter(100).push(bytes)
      }),
      { numRuns: 2000 },
    )
  })

  it('B2: a length beyond the bound ends the stream before anything is kept', () => {
    const splitter = new GossipFrameSplitter(100)
    expect(splitter.push(bytesOf('00000065'))).toEqual({ frames: [], end: 'violation' })
    expect(new GossipFrameSplitter(100).push(bytesOf('80000000')).end).toBe('violation')
    expect(new GossipFrameSplitter(100).push(bytesOf('160301020001')).end).toBe('violation')
  })

  it('B2: a count of members that are not there takes no memory', () => {
    const frame = encodeGossipMessage({ type: 'get-mbrs-rsp', group: 'g' })
    frame.set([0x7f, 0xff], frame.length - 7)
    expect(decodeGossipMessage(frame)).toBeUndefined()
  })
})
