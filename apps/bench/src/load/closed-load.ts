import { setTimeout as pause } from 'node:timers/promises'
import type { RequestBodies } from '../core/request-bodies.ts'
import type { SenderPlan } from '../core/sender-plan.ts'
import { codeOf, type Tally } from '../core/tally.ts'
import type { Exchange } from './exchange.ts'
import type { Load, LoadRun } from './load.ts'

/** Independent senders, each with one request out: the end of a request is the beginning of the next. */
export class ClosedLoad implements Load {
  private readonly plans: readonly SenderPlan[]
  private readonly bodies: readonly RequestBodies[]
  private readonly exchange: Exchange
  private readonly tally: Tally
  private readonly show: ((line: string) => void) | undefined
  private readonly startMs: number

  /** @param senders what each sends, and the bodies it sends it in */
  constructor(
    senders: readonly { readonly plan: SenderPlan; readonly bodies: RequestBodies }[],
    { exchange, tally, show, startMs }: LoadRun,
  ) {
    this.plans = senders.map(({ plan }) => plan)
    this.bodies = senders.map(({ bodies }) => bodies)
    this.exchange = exchange
    this.tally = tally
    this.show = show
    this.startMs = startMs
  }

  async run(): Promise<void> {
    await Promise.all(this.plans.map((plan, sender) => this.send(plan, this.bodies[sender]!)))
  }

  stop(): void {
    for (const plan of this.plans) plan.stop()
  }

  /** The clock is read once for each request. */
  private async send(plan: SenderPlan, bodies: RequestBodies): Promise<void> {
    const { exchange, tally, show, startMs } = this
    let begunMs = performance.now()
    while (plan.mayGoOn(begunMs)) {
      const body = bodies.next()
      tally.sent++
      try {
        show?.(`Send : ${textOf(body)}`)
        const answer = await exchange.begin(plan.next(), body)
        const endMs = performance.now()
        exchange.settle(answer, body, tally, endMs - begunMs, endMs - startMs)
        if (answer instanceof Uint8Array) show?.(`Reply : ${textOf(answer)}`)
        plan.succeeded()
        begunMs = endMs
      } catch (error) {
        const endMs = performance.now()
        tally.failure(codeOf(error), endMs - begunMs, endMs - startMs)
        show?.(`Error : ${codeOf(error)}`)
        await pause(plan.failed())
        begunMs = performance.now()
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
