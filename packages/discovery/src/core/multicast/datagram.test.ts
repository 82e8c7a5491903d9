import { createHmac, timingSafeEqual } from 'node:crypto'
import { address, datagramMaxBytes, incarnation, nodeName } from '@ring/platform'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Answer, MemberStanding } from '../answer.ts'
import { headerBytes, requestBytes } from './datagram.ts'
import { decodeAnswer, decodeCall, decodeRequest, encodeAnswer, encodeCall, encodeRequest } from './datagram-body.ts'
import { DatagramGate } from './datagram-gate.ts'

const crypto = {
  hmacSha256: (key: Uint8Array, message: Uint8Array) => createHmac('sha256', key).update(message).digest(),
  equal: (one: Uint8Array, other: Uint8Array) => timingSafeEqual(one, other),
}
const group = new Uint8Array(16).fill(1)
const [key, otherKey] = [new Uint8Array(32).fill(2), new Uint8Array(32).fill(3)]
const nowMs = 1_800_000_000_000
let nonces = 0

function nonce(): Uint8Array {
  nonces += 1
  return new Uint8Array(16).fill(nonces % 256)
}

const gate = (keys: readonly Uint8Array[], of = group) => new DatagramGate({ crypto, group: of, keys: () => keys })
const request = {
  ...({ answerBy: 'datagram', run: 1, role: 'server' } as const),
  ...{ name: nodeName('a:1'), incarnation: incarnation(7), address: address('10.0.0.1:8020') },
}
const body = encodeRequest(request)

const member = (count: number): Answer => {
  const members = Array.from({ length: count }, (_, at) => ({
    name: nodeName(`node-${at}.example:8021`),
    address: address(`node-${at}.example:8020`),
  }))
  const standing: MemberStanding = { kind: 'member', coordinator: members[0]!, lineage: 'l', version: 9, members }
  return { name: nodeName('a:1'), incarnation: incarnation(7), address: address('a:1'), voterId: 'v', standing }
}

describe('discovery datagrams', () => {
  it('B1: a request is let in once, by any of the keys, and says with which', () => {
    const sent = gate([key]).seal('request', nonce(), body, nowMs)
    const receiver = gate([otherKey, key])
    expect(receiver.open(sent, nowMs)).toMatchObject({ ok: true, kind: 'request', key })
    expect(receiver.open(sent, nowMs + 10)).toEqual({ ok: false, reason: 'replay' })
  })

  it.each([
    ['key', gate([otherKey]), 0],
    ['group', gate([key], new Uint8Array(16)), 0],
    ['clock', gate([key]), 60_001],
    ['clock', gate([key]), -60_001],
  ] as const)('B1: refused: %s', (reason, sender, lateMs) => {
    const sent = sender.seal('request', nonce(), body, nowMs - lateMs)
    expect(gate([key]).open(sent, nowMs)).toEqual({ ok: false, reason })
  })

  it('B1: without a key anybody is heard; with one, nobody without', () => {
    const sent = gate([]).seal('request', nonce(), body, nowMs)
    expect(gate([]).open(sent, nowMs)).toMatchObject({ ok: true, key: undefined })
    expect(gate([key]).open(sent, nowMs)).toEqual({ ok: false, reason: 'key' })
  })

  it('B1: not one bit may differ', () => {
    const sent = gate([key]).seal('request', nonce(), body, nowMs)
    fc.assert(
      fc.property(fc.nat(sent.length - 1), fc.nat(7), (at, bit) => {
        const changed = sent.slice()
        changed[at]! ^= 1 << bit
        expect(gate([key]).open(changed, nowMs).ok).toBe(false)
      }),
    )
  })

  it('B1: another version is told from rubbish', () => {
    const sent = gate([key]).seal('request', nonce(), body, nowMs)
    sent[4] = 2
    expect(gate([key]).open(sent, nowMs)).toEqual({ ok: false, reason: 'version' })
    expect(gate([key]).open(sent.subarray(0, 79), nowMs)).toEqual({ ok: false, reason: 'rubbish' })
    const long = gate([key]).seal('answer', nonce(), new Uint8Array(datagramMaxBytes), nowMs)
    expect(gate([key]).open(long, nowMs)).toEqual({ ok: false, reason: 'rubbish' })
  })

  it('B1: no bytes make a decoder throw', () => {
    const bodies = [body, encodeAnswer(member(3))!, encodeCall({ name: request.name, address: request.address })]
    const broken = fc
      .tuple(fc.constantFrom(...bodies), fc.nat(), fc.nat(255), fc.nat())
      .map(([bytes, at, byte, end]) => {
        const part = bytes.slice(0, 1 + (end % (2 * bytes.length)))
        part[at % part.length] = byte
        return part
      })
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), broken), (bytes) => {
        decodeRequest(bytes)
        decodeAnswer(bytes)
        decodeCall(bytes)
        gate([key]).open(bytes, nowMs)
      }),
      { numRuns: 2000 },
    )
  })

  it('B1: the bodies come back as they were', () => {
    expect(decodeRequest(body)).toEqual(request)
    const answer = member(3)
    expect(decodeAnswer(encodeAnswer(answer)!)).toEqual({ ...answer, standing: { ...answer.standing, size: 3 } })
    for (const standing of [{ kind: 'newcomer' }, { kind: 'newcomer', stored: { lineage: 'l', version: 3 } }] as const)
      expect(decodeAnswer(encodeAnswer({ ...answer, standing })!)).toEqual({ ...answer, standing })
    const call = { name: request.name, address: request.address }
    expect(decodeCall(encodeCall(call))).toEqual(call)
  })

  it('B1: of a large group as many members are named as fit, and how many there are', () => {
    const encoded = encodeAnswer(member(1000))!
    expect(encoded.length + headerBytes).toBeLessThanOrEqual(datagramMaxBytes)
    const { standing } = decodeAnswer(encoded)!
    expect(standing).toMatchObject({ kind: 'member', size: 1000 })
    expect((standing as MemberStanding).members.length).toBeGreaterThan(10)
  })

  it('B1: no answer is more than twice as long as a request', () => {
    expect(body.length + headerBytes).toBe(requestBytes)
    expect(datagramMaxBytes).toBeLessThanOrEqual(2 * requestBytes)
    const short = gate([]).seal('request', nonce(), body.subarray(0, 100), nowMs)
    expect(gate([]).open(short, nowMs)).toEqual({ ok: false, reason: 'rubbish' })
  })
})
