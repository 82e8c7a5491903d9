import { Buffer } from 'node:buffer'
import type { BroadcastAnswer, Program, RequestOptions } from '@ring/messaging'
import { paddingByte } from '../core/request-body.ts'
import type { LoadMode } from '../core/settings.ts'
import { codeOf, failureKind, type Tally } from '../core/tally.ts'

/** One way of sending: the call, and how its answer is entered. */
export interface Exchange {
  begin(key: string, body: Uint8Array): Promise<unknown>
  /** Enters the end of a call that did not throw; `atMs` is when, since the beginning of the run. */
  settle(answer: unknown, body: Uint8Array, tally: Tally, ms: number, atMs: number): void
}

/** Whether a reply is the request byte for byte, filled up with padding where the server was told a longer length. */
export function isRightReply(reply: Uint8Array, body: Uint8Array): boolean {
  if (reply.length === body.length) return Buffer.compare(reply, body) === 0
  if (reply.length < body.length) return false
  const head = reply.subarray(0, body.length)
  return Buffer.compare(head, body) === 0 && reply.subarray(body.length).every((byte) => byte === paddingByte)
}

export function exchangeOf(
  program: Program,
  mode: LoadMode,
  { verify, request: options }: { readonly verify: boolean; readonly request: RequestOptions | undefined },
): Exchange {
  const isRight = verify ? isRightReply : () => true
  switch (mode) {
    case 'request':
      return {
        begin: (key, body) => program.request(key, body, options),
        settle: (reply, body, tally, ms, atMs) => tally.reply(isRight(reply as Uint8Array, body), ms, atMs),
      }
    case 'oneway':
      return {
        begin: (key, body) => program.send(key, body, options),
        settle: (_nothing, _body, tally, ms, atMs) => tally.reply(true, ms, atMs),
      }
    case 'broadcast':
      return { begin: (_key, body) => program.broadcast(body, options), settle: fanOutSettled(isRight) }
    case 'replicate':
      return { begin: (key, body) => program.replicate(key, body, options), settle: fanOutSettled(isRight) }
  }
}

/** How bad an ending is for the whole call: the call ends as its worst answer did. */
const badness = { maybeDelivered: 3, failed: 2, notDelivered: 1 } as const

/** A call to several servers is a reply when all of them replied, and otherwise ends once, as the worst of them. */
function fanOutSettled(isRight: typeof isRightReply): Exchange['settle'] {
  return (answer, body, tally, ms, atMs) => {
    const answers = answer as readonly BroadcastAnswer[]
    tally.answers += answers.length
    const codes = answers.flatMap((one) => (one.ok ? [] : [codeOf(one.error)]))
    const worst = codes.sort((one, other) => badness[failureKind(other)] - badness[failureKind(one)])
    const [first, ...rest] = worst
    if (first === undefined) {
      tally.reply(
        answers.every((one) => one.ok && isRight(one.body, body)),
        ms,
        atMs,
      )
      return
    }
    for (const code of rest) tally.note(code)
    tally.failure(first, ms, atMs)
  }
}
