import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chmpxOutcome, failure } from './core/commands/outcome.ts'
import { ReplyFormatError } from './core/replies/reply-format-error.ts'
import { replyText } from './core/replies/reply-text.ts'
import { arbitraryDump } from './core/status/arbitrary-dump.testdata.ts'
import type { NodeDump } from './core/status/node-dump.ts'
import type { RingInsight } from './core/status/ring-insight.ts'
import { captured, capturedDump } from './counting-target.testdata.ts'
import { readDumpReply, readOutcomeReply } from './json-replies.ts'

const ring: RingInsight = {
  record: { lineage: '5e', version: 42, epoch: 7 },
  coordinator: 'a:9021',
  quorum: { mode: 'majority', isPrimary: true, voters: ['a:9021', 'b:9021'], missing: ['b:9021'] },
  merge: {
    ...{ id: 'm1', phase: 'doing', startedBy: '10.0.0.9', waitingFor: [{ server: 'b:9021', why: 'it is copying' }] },
    progress: [{ server: 'b:9021', items: 5, bytes: 500, itemsLeft: 10 }],
  },
  attached: [{ service: '', programs: 2 }],
  relay: { requestsPerSecond: 1000, repliesPerSecond: 999, bytesPerSecond: 1e6, queues: [{ name: 'b', depth: 3 }] },
  warnings: ['AUTH is open'],
}

const dumpJson = (dump: NodeDump) => replyText('DUMP', { text: () => '', json: () => ({ dump }) }, true)

describe('A6: the JSON forms', () => {
  it('DUMP JSON says all that the model can say, and can be read again', () => {
    fc.assert(
      fc.property(arbitraryDump, fc.boolean(), (told, isRing) => {
        const dump = isRing ? { ...told, ring } : told
        const reply = dumpJson(dump)
        expect(reply.endsWith('}\n')).toBe(true)
        expect(reply.indexOf('\n')).toBe(reply.length - 1)
        expect(readDumpReply(reply)).toEqual(dump)
      }),
    )
  })

  it('a CHMPX node that answers DUMP JSON in text is understood', () => {
    expect(readDumpReply(captured('chmpx-DUMP.txt'))).toEqual(capturedDump)
  })

  it('later fields are passed over, and another form is refused', () => {
    const reply = dumpJson(capturedDump)
    const more = reply.replace('{"form":1', '{"later":[1],"form":1').replace('"dump":{', '"dump":{"later":true,')
    expect(readDumpReply(more)).toEqual(capturedDump)
    expect(() => readDumpReply(reply.replace('"form":1', '"form":2'))).toThrow(ReplyFormatError)
  })

  it('whatever comes, nothing but a ReplyFormatError is thrown', () => {
    const whole = dumpJson({ ...capturedDump, ring })
    const mutated = fc
      .tuple(fc.nat(whole.length), fc.nat(30), fc.string())
      .map(([from, length, by]) => whole.slice(0, from) + by + whole.slice(from + length))
    fc.assert(
      fc.property(fc.oneof(mutated, fc.json(), fc.string()), (reply) => {
        for (const read of [readDumpReply, readOutcomeReply]) {
          try {
            read(reply)
          } catch (error) {
            expect(error).toBeInstanceOf(ReplyFormatError)
          }
        }
      }),
    )
  })

  it('an outcome is the same from text and from JSON, where CHMPX has a sentence for it', () => {
    for (const outcome of [
      chmpxOutcome('done'),
      chmpxOutcome('already-out'),
      chmpxOutcome('not-completed', ['b:1 is DOING.', 'Wait for it, or ABORTMERGE.']),
      failure('failed', 'MERGE failed: no quorum', ['Ask again.']),
    ]) {
      expect(readOutcomeReply(replyText('MERGE', outcome, false))).toEqual(outcome)
      expect(readOutcomeReply(replyText('MERGE', outcome, true))).toEqual(outcome)
    }
    const planned = chmpxOutcome('done', [], { moves: 5 })
    expect(readOutcomeReply(replyText('MERGE', planned, true))).toEqual(planned)
    expect(readOutcomeReply('Unknown command(NOSUSPEND)\n')).toMatchObject({ ok: false, code: 'unknown-command' })
    expect(readOutcomeReply('SUCCEED: Something new.\n')).toEqual({ ok: true, code: 'done', text: 'Something new.' })
  })
})
