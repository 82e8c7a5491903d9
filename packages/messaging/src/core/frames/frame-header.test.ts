import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KeyScratch } from '../program/asking/key-scratch.ts'
import { PendingRequest } from '../program/asking/pending-request.ts'
import {
  bodyStart,
  extensionBytes,
  Flag,
  headerBytes,
  headerFault,
  keyStart,
  Offset,
  readU16,
  readU32,
  readU48,
  traceStart,
  wholeBodyBytes,
  writeHeader,
  writeU16,
  writeU32,
  writeU48,
} from './frame-header.ts'
import { Outbox } from './outbox.ts'
import { writeRequest } from './request-frame.ts'
import { serviceHigh, serviceId, serviceLow } from './service-id.ts'
import { decodeTrace, encodeTrace } from './trace-context.ts'

const u32 = fc.integer({ min: 0, max: 0xffff_ffff })
const hex = (length: number) =>
  fc
    .array(fc.integer({ min: 0, max: 15 }), { minLength: length, maxLength: length })
    .map((digits) => digits.map((digit) => digit.toString(16)).join(''))

describe('the data header', () => {
  it('keeps integers of every width', () => {
    fc.assert(
      fc.property(u32, fc.maxSafeNat(), fc.nat(0xffff), (thirtyTwo, big, sixteen) => {
        const bytes = new Uint8Array(20)
        writeU32(bytes, 1, thirtyTwo)
        writeU48(bytes, 7, big % 2 ** 48)
        writeU16(bytes, 15, sixteen)
        expect([readU32(bytes, 1), readU48(bytes, 7), readU16(bytes, 15)]).toEqual([thirtyTwo, big % 2 ** 48, sixteen])
      }),
    )
  })

  it('is read as it was written, with extensions, key and body', () => {
    const request = fc.record({
      key: fc.uint8Array({ maxLength: 1_024 }),
      body: fc.uint8Array({ maxLength: 300 }),
      stamp: fc.maxSafeNat().map((value) => value % 2 ** 48),
      partition: u32,
      keyHash: u32,
      deadline: u32,
      generation: u32,
      trace: fc.option(fc.tuple(hex(32), hex(16), hex(2)), { nil: undefined }),
      service: fc.option(fc.string({ minLength: 1, maxLength: 30 }), { nil: undefined }),
      large: fc.boolean(),
    })
    fc.assert(
      fc.property(request, (given) => {
        const body = given.large ? new Uint8Array(70_000).fill(9) : given.body
        const pending = new PendingRequest(77)
        Object.assign(pending, { type: 1, body, partition: given.partition, keyHash: given.keyHash, sequence: 5 })
        pending.generation = given.generation
        const traceparent = given.trace === undefined ? undefined : `00-${given.trace.join('-')}`
        if (traceparent !== undefined) {
          pending.trace = encodeTrace(traceparent)
          pending.flags |= Flag.trace
        }
        if (given.service !== undefined) {
          pending.service = { place: 1, name: given.service, id: serviceId(given.service) }
          pending.flags |= Flag.service
        }
        const key = new KeyScratch()
        key.load(given.key)
        const outbox = new Outbox(() => undefined)
        const carried = writeRequest(outbox, pending, key, given.stamp, given.deadline)
        const { bytes } = outbox
        const end = 4 + readU32(bytes, 0)
        expect(headerFault(bytes, 0, end)).toBeUndefined()
        expect(readU32(bytes, Offset.slot)).toBe(77)
        expect(readU32(bytes, Offset.generation)).toBe(given.generation)
        expect(readU32(bytes, Offset.partition)).toBe(given.partition)
        expect(readU32(bytes, Offset.keyHash)).toBe(given.keyHash)
        expect(readU48(bytes, Offset.tableVersion)).toBe(given.stamp)
        expect(readU32(bytes, Offset.deadline)).toBe(given.deadline)
        expect(Buffer.from(bytes.subarray(keyStart(bytes, 0), bodyStart(bytes, 0))).equals(given.key)).toBe(true)
        expect(Buffer.from(bytes.subarray(bodyStart(bytes, 0), end)).equals(body.subarray(0, carried))).toBe(true)
        if (given.large) expect(wholeBodyBytes(bytes, 0)).toBe(70_000)
        if (given.service !== undefined) {
          const id = { low: serviceLow(bytes, 0), high: serviceHigh(bytes, 0) }
          expect(id).toEqual(serviceId(given.service))
        }
        if (traceparent !== undefined) expect(decodeTrace(bytes, traceStart(bytes, 0))).toBe(traceparent)
      }),
    )
  })

  it('finds every header whose parts do not fit its frame', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.boolean(), (noise, plausible) => {
        const bytes = new Uint8Array(noise)
        if (plausible && bytes.length >= headerBytes) {
          bytes[Offset.version] = 1
          bytes[Offset.words] = 10 + (bytes[Offset.words]! % 10)
          bytes[Offset.keyLength + 1] = 0
        }
        if (headerFault(bytes, 0, bytes.length) !== undefined) return
        expect(keyStart(bytes, 0)).toBeGreaterThanOrEqual(headerBytes + extensionBytes(bytes[Offset.flags]!))
        expect(bodyStart(bytes, 0)).toBeLessThanOrEqual(bytes.length)
      }),
      { numRuns: 2_000 },
    )
  })

  it('refuses another version, a short frame and a key that is too long', () => {
    const bytes = new Uint8Array(headerBytes + 2_000)
    writeHeader(bytes, 0, 1, 0, 2_000)
    expect(headerFault(bytes, 0, bytes.length)).toBeUndefined()
    expect(headerFault(bytes, 0, headerBytes - 1)).toMatch(/shorter/)
    writeU16(bytes, Offset.keyLength, 1_025)
    expect(headerFault(bytes, 0, bytes.length)).toMatch(/key/)
    writeU16(bytes, Offset.keyLength, 0)
    bytes[Offset.version] = 2
    expect(headerFault(bytes, 0, bytes.length)).toMatch(/version/)
  })

  it('F6: the flag of services is taken off what comes from an end that does not know them', () => {
    const bytes = new Uint8Array(headerBytes + 4)
    writeHeader(bytes, 0, 1, Flag.service | Flag.idempotent, 4)
    expect(headerFault(bytes, 0, bytes.length)).toMatch(/extensions/)
    expect(headerFault(bytes, 0, bytes.length, false)).toBeUndefined()
    expect(bytes[Offset.flags]).toBe(Flag.idempotent)
  })

  it('section 3.9: the id of a service is the hash of its name that section 6 shows', () => {
    expect(serviceId('clé')).toEqual({ high: 0x142c4291, low: 0x1e091436 })
  })
})
