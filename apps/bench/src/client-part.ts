import { Buffer } from 'node:buffer'
import { setTimeout as pause } from 'node:timers/promises'
import { type Attachment, type AttachmentSpec, openAttachment } from './attachment.ts'
import type { Counts, LoadResult, RunLimit } from './core/load-result.ts'
import { RequestBody } from './core/request-body.ts'
import { keySpace, SenderPlan } from './core/sender-plan.ts'
import type { LoadMode } from './core/settings.ts'
import { codeOf, Tally } from './core/tally.ts'
import { type Exchange, exchangeOf } from './exchange.ts'
import type { Part } from './part.ts'

export interface ClientSpec {
  readonly kind: 'client'
  readonly attachment: AttachmentSpec
  readonly mode: LoadMode
  readonly inFlight: number
  readonly bodyBytes: number
  readonly keys: number
  readonly verify: boolean
  readonly idempotent: boolean
  readonly whenFull: 'fail' | 'wait'
  readonly label: string
  readonly print: boolean
}

/** Every request ends within its deadline; this much more is given to the last ones before they are given up. */
const graceMs = 2_000

/** A client program: independent senders, each with one request out, that compare what comes back. */
export class ClientPart implements Part {
  private readonly spec: ClientSpec
  private readonly attachment: Attachment
  private readonly exchange: Exchange
  private readonly keys: readonly string[]
  private readonly show: (line: string) => void
  private tally = new Tally()
  private plans: readonly SenderPlan[] = []
  private endDraining: (() => void) | undefined

  constructor(spec: ClientSpec, attachment: Attachment, show: (line: string) => void) {
    this.spec = spec
    this.attachment = attachment
    this.show = show
    this.keys = keySpace(spec.keys)
    const { idempotent, whenFull, verify, mode } = spec
    const isPlain = !idempotent && whenFull === 'fail'
    const request = isPlain ? undefined : { idempotent, whenFull }
    this.exchange = exchangeOf(attachment.program, mode, { verify, request })
  }

  static async open(spec: ClientSpec, show: (line: string) => void, signal: AbortSignal): Promise<ClientPart> {
    return new ClientPart(spec, await openAttachment(spec.attachment, signal), show)
  }

  async run({ loops, durationMs, inFlight = this.spec.inFlight }: RunLimit): Promise<LoadResult> {
    this.tally = new Tally()
    const startMs = performance.now()
    const limit = { loops, endMs: durationMs === undefined ? undefined : startMs + durationMs }
    this.plans = Array.from({ length: inFlight }, (_, sender) => new SenderPlan(limit, this.keys, sender))
    const drained = new Promise<void>((resolve) => {
      this.endDraining = resolve
    })
    const sending = Promise.all(this.plans.map((plan, sender) => this.send(plan, this.bodyOf(sender))))
    const timer = durationMs === undefined ? undefined : setTimeout(() => this.stop(), durationMs)
    await Promise.race([sending, drained])
    clearTimeout(timer)
    return { kind: 'asked', elapsedMs: performance.now() - startMs, tally: this.tally.toRecord() }
  }

  stop(): void {
    for (const plan of this.plans) plan.stop()
    // Of this run: a later one has an end of its own.
    const { endDraining } = this
    setTimeout(() => endDraining?.(), this.spec.attachment.deadlineMs + graceMs).unref()
  }

  counts(): Counts {
    const { sent, replied, failures } = this.tally
    return { sent, done: replied, failures }
  }

  close(): Promise<void> {
    return this.attachment.close()
  }

  private bodyOf(sender: number): RequestBody {
    const label = `ring-bench ${process.pid} ${sender}${this.spec.label === '' ? '' : ` ${this.spec.label}`}`
    return new RequestBody(label, this.spec.bodyBytes)
  }

  /** One sender: the end of a request is the beginning of the next, so the clock is read once for each. */
  private async send(plan: SenderPlan, body: RequestBody): Promise<void> {
    const { exchange, tally } = this
    const { print } = this.spec
    let startMs = performance.now()
    while (plan.mayGoOn(startMs)) {
      body.advance()
      tally.sent++
      try {
        if (print) this.show(`Send : ${textOf(body.bytes)}`)
        const answer = await exchange.begin(plan.next(), body.bytes)
        const endMs = performance.now()
        exchange.settle(answer, body.bytes, tally, endMs - startMs)
        if (print && answer instanceof Uint8Array) this.show(`Reply : ${textOf(answer)}`)
        plan.succeeded()
        startMs = endMs
      } catch (error) {
        tally.failure(codeOf(error), performance.now() - startMs)
        if (print) this.show(`Error : ${codeOf(error)}`)
        await pause(plan.failed())
        startMs = performance.now()
      }
    }
  }
}

/** A body as one line of text, whatever is in it. */
export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    .toString('latin1')
    .replaceAll(/[^\x20-\x7e]/g, '?')
}
