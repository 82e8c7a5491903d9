import { HandlerFailedError, MaybeDeliveredError, NotDeliveredError, type Program } from '@ring/messaging'
import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { asked } from '../speed/baseline.ts'
import type { Attachment } from './attachment.ts'
import { ClientPart, type ClientSpec } from './client-part.ts'

type Ending = 'right' | 'wrong' | 'not' | 'maybe' | 'failed' | 'thrown'

const spec: ClientSpec = {
  kind: 'client',
  attachment: {
    node: { configuration: '{}' },
    embedded: false,
    role: 'client',
    name: 'test',
    waitMs: 0,
    deadlineMs: 100,
  },
  mode: 'request',
  inFlight: 1,
  bodyBytes: 64,
  keys: 4,
  verify: true,
  idempotent: false,
  whenFull: 'fail',
  label: '',
  print: false,
}

/** A program whose requests end as they are told, in the order in which they are made. */
function programOf(endings: readonly Ending[]): { readonly attachment: Attachment; readonly begun: () => number } {
  let begun = 0
  const request = (_key: string, body: Uint8Array): Promise<Uint8Array> => {
    const ending = endings[begun++ % endings.length]!
    switch (ending) {
      case 'right':
        return Promise.resolve(Uint8Array.from(body))
      case 'wrong':
        return Promise.resolve(Uint8Array.from(body).fill(0, 63))
      case 'not':
        return Promise.reject(new NotDeliveredError('no-server'))
      case 'maybe':
        return Promise.reject(new MaybeDeliveredError('link-lost'))
      case 'failed':
        return Promise.reject(new HandlerFailedError('no'))
      case 'thrown':
        throw new RangeError('a bad key')
    }
  }
  return {
    attachment: { program: { request } as unknown as Program, close: () => Promise.resolve() },
    begun: () => begun,
  }
}

const endings = fc.array(fc.constantFrom<Ending>('right', 'wrong', 'not', 'maybe', 'failed', 'thrown'), {
  minLength: 1,
  maxLength: 12,
})

test('A4, K1: each request of a load is counted once, as what it ended as; wrong replies are found', async () => {
  await fc.assert(
    fc.asyncProperty(endings, fc.integer({ min: 1, max: 4 }), async (list, inFlight) => {
      const { attachment, begun } = programOf(list)
      const part = new ClientPart(spec, attachment, () => undefined)
      const { tally } = asked(await part.run({ loops: 3, durationMs: undefined, inFlight }))
      const made = Array.from({ length: begun() }, (_, index) => list[index % list.length])
      const count = (...kinds: Ending[]) => made.filter((ending) => kinds.includes(ending!)).length
      expect(tally.sent).toBe(3 * inFlight)
      expect(tally).toMatchObject({
        replied: count('right', 'wrong'),
        wrong: count('wrong'),
        notDelivered: count('not'),
        maybeDelivered: count('maybe'),
        failed: count('failed', 'thrown'),
      })
    }),
    { numRuns: 40 },
  )
})

test('A4: a program that refuses everything does not keep the process from hearing a signal', async () => {
  const { attachment } = programOf(['not'])
  const part = new ClientPart(spec, attachment, () => undefined)
  const running = part.run({ loops: 0, durationMs: undefined, inFlight: 8 })
  setTimeout(() => part.stop(), 20)
  const { tally } = asked(await running)
  expect(tally.notDelivered).toBe(tally.sent)
})

test('A4, K1: a request that never ends is given up after its deadline, and left unaccounted for', async () => {
  vi.useFakeTimers()
  try {
    const request = () => new Promise<Uint8Array>(() => undefined)
    const program = { request } as unknown as Program
    const part = new ClientPart(spec, { program, close: () => Promise.resolve() }, () => undefined)
    const running = part.run({ loops: 1, durationMs: undefined, inFlight: 3 })
    part.stop()
    await vi.advanceTimersByTimeAsync(10_000)
    const { tally } = asked(await running)
    expect(tally).toMatchObject({ sent: 3, replied: 0, notDelivered: 0, maybeDelivered: 0, failed: 0 })
  } finally {
    vi.useRealTimers()
  }
})
