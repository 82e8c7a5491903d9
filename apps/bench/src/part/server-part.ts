import type { IncomingRequest } from '@ring/messaging'
import type { Counts, LoadResult, RunLimit } from '../core/load-result.ts'
import { replyTo } from '../core/request-body.ts'
import { textOf } from '../load/closed-load.ts'
import { type Attachment, type AttachmentSpec, openAttachment } from './attachment.ts'
import type { Part } from './part.ts'

export interface ServerSpec {
  readonly kind: 'server'
  readonly attachment: AttachmentSpec
  readonly reply: boolean
  readonly bodyBytes: number
  readonly print: boolean
}

/** A server program: answers each request with its own body, and counts. */
export class ServerPart implements Part {
  private readonly spec: ServerSpec
  private readonly attachment: Attachment
  private readonly show: (line: string) => void
  private requests = 0
  private bytes = 0
  private oneWay = 0
  private limit = Number.POSITIVE_INFINITY
  private end: (() => void) | undefined

  private constructor(spec: ServerSpec, attachment: Attachment, show: (line: string) => void) {
    this.spec = spec
    this.attachment = attachment
    this.show = show
    attachment.program.serve((request) => this.answer(request))
  }

  static async open(spec: ServerSpec, show: (line: string) => void, signal: AbortSignal): Promise<ServerPart> {
    return new ServerPart(spec, await openAttachment(spec.attachment, signal), show)
  }

  async run({ loops, durationMs, inFlight = 1 }: RunLimit): Promise<LoadResult> {
    const startMs = performance.now()
    this.limit = loops === 0 ? Number.POSITIVE_INFINITY : loops * inFlight
    const timer = durationMs === undefined ? undefined : setTimeout(() => this.stop(), durationMs)
    await new Promise<void>((resolve) => {
      this.end = resolve
      if (this.requests >= this.limit) resolve()
    })
    clearTimeout(timer)
    const { requests, bytes, oneWay } = this
    return { kind: 'served', elapsedMs: performance.now() - startMs, requests, bytes, oneWay }
  }

  stop(): void {
    this.end?.()
  }

  counts(): Counts {
    return { sent: this.requests, done: this.requests, failures: 0 }
  }

  close(): Promise<void> {
    return this.attachment.close()
  }

  private answer(request: IncomingRequest): Uint8Array | undefined {
    const { body } = request
    this.requests++
    this.bytes += body.length
    if (request.oneWay) this.oneWay++
    if (this.spec.print) this.show(`Receive : ${textOf(body)}`)
    // The last answer leaves before the program does: closing lets what runs end.
    if (this.requests >= this.limit) this.end?.()
    return this.spec.reply ? replyTo(body, this.spec.bodyBytes) : undefined
  }
}
