import { Buffer } from 'node:buffer'
import { type BroadcastAnswer, MaybeDeliveredError, NotDeliveredError, type Program } from '@ring/messaging'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RequestBody, replyTo } from '../core/request-body.ts'
import { Tally } from '../core/tally.ts'
import { exchangeOf, isRightReply } from './exchange.ts'

const lengths = fc.integer({ min: 64, max: 300 })

test('A4: a reply is right when it is the request, filled up to the length the server was told', () => {
  fc.assert(
    fc.property(lengths, lengths, (asked, told) => {
      const body = new RequestBody('label', asked)
      body.advance()
      expect(isRightReply(replyTo(body.bytes, told), body.bytes)).toBe(true)
    }),
  )
})

test('A4: one changed, missing or additional byte is found', () => {
  fc.assert(
    fc.property(lengths, lengths, fc.nat(), fc.integer({ min: 1, max: 255 }), (asked, told, place, change) => {
      const { bytes } = new RequestBody('label', asked)
      const reply = Uint8Array.from(replyTo(bytes, told))
      const shorter = reply.subarray(0, bytes.length - 1)
      const longer = Uint8Array.from([...reply, 0])
      reply[place % reply.length] = reply[place % reply.length]! ^ change
      expect(isRightReply(reply, bytes)).toBe(false)
      expect(isRightReply(shorter, bytes)).toBe(false)
      expect(isRightReply(longer, bytes)).toBe(false)
    }),
  )
})

test("A4: the reply to another request of the same sender is wrong, and so is another sender's", () => {
  const body = new RequestBody('one', 64)
  const texts = new Set<string>()
  for (let count = 0; count < 1_200; count++) {
    const before = Uint8Array.from(body.bytes)
    body.advance()
    texts.add(Buffer.from(body.bytes).toString('latin1'))
    expect(isRightReply(before, body.bytes)).toBe(false)
  }
  expect(texts.size).toBe(1_200)
  expect([...texts].at(-1)).toContain('one 000000001200')
  expect(isRightReply(new RequestBody('two', 64).bytes, new RequestBody('one', 64).bytes)).toBe(false)
})

test('A4: any label fits into the shortest body, and leaves it printable', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 100 }), (label) => {
      const { bytes } = new RequestBody(label.replaceAll(/\p{Cc}/gu, '?'), 64)
      expect(Buffer.from(bytes).toString('latin1')).toMatch(/^[ -~]* 0{12}[a-z]*$/)
    }),
  )
})

test('K1: a call to several servers ends once, as the worst of its answers', () => {
  const { bytes } = new RequestBody('label', 64)
  const right: BroadcastAnswer = { server: 'a', ok: true, body: bytes }
  const refused: BroadcastAnswer = { server: 'b', ok: false, error: new NotDeliveredError('no-program') }
  const lost: BroadcastAnswer = { server: 'c', ok: false, error: new MaybeDeliveredError('link-lost') }
  const tally = new Tally()
  const { settle } = exchangeOf({} as Program, 'broadcast', { verify: true, request: undefined })
  tally.sent = 3
  settle([right, right], bytes, tally, 1, 0)
  settle([right, refused], bytes, tally, 1, 0)
  settle([refused, lost, right], bytes, tally, 1, 0)
  expect(tally).toMatchObject({ replied: 1, notDelivered: 1, maybeDelivered: 1, failed: 0, answers: 7, outstanding: 0 })
  expect(tally.toRecord().errors).toEqual({ RING_NOT_DELIVERED_NO_PROGRAM: 2, RING_MAYBE_DELIVERED_LINK_LOST: 1 })
})
