import type { Handler, Program } from '@ring/messaging'
import {
  decodeRouting,
  EndpointProgram,
  ProgramEndpoint,
  Pulse,
  StartPermit,
  writeAsk,
} from '@ring/messaging/simulation'
import type { Link, LinkHandler } from '@ring/platform'
import type { NodeEnvironment } from '@ring/testkit'
import type { ProgramPlace } from './ring-layout.ts'
import { simulatedLoop } from './simulated-loop.ts'

const reattachMs = 200
const defaultDeadlineMs = 5_000

export interface ProgramProcessOptions {
  readonly place: ProgramPlace
  readonly handler: Handler | undefined
  /** How long a word of the node counts; 0 for a program that asks nobody, as those of 0.3.0. */
  readonly wordMs: number
  /** It has attached, or its link has ended. */
  readonly changed: () => void
}

/** A program in a process of its own, attached to its node for as long as both live, as `attachProgram` makes it. */
export class ProgramProcess implements LinkHandler {
  readonly program: Program
  readonly endpoint: ProgramEndpoint
  readonly #environment: NodeEnvironment
  readonly #options: ProgramProcessOptions
  readonly #pulse: Pulse
  readonly #permit: StartPermit
  readonly #ownProgram: EndpointProgram
  #link: Link | undefined
  /** When it went on after it had stood still, last; by its clock. */
  resumedMs = Number.NEGATIVE_INFINITY

  constructor(environment: NodeEnvironment, options: ProgramProcessOptions) {
    const { clock, log } = environment
    this.#environment = environment
    this.#options = options
    this.endpoint = this.#endpointOn(environment)
    this.#permit = new StartPermit({
      nowMs: () => clock.monotonicMs(),
      ask: (question) => this.#link && writeAsk(this.#link, question),
    })
    this.endpoint.responder.admission = this.#permit
    const { place, handler } = options
    this.#ownProgram = new EndpointProgram(place, this.endpoint, log, () => this.#link?.close())
    this.program = this.#ownProgram
    if (handler) this.program.serve(handler)
    this.#pulse = new Pulse(clock, {
      onTick: (nowMs) => this.endpoint.tick(nowMs),
      onPause: (gapMs, awayMs) => {
        this.#permit.resumed(awayMs)
        this.endpoint.resumed(gapMs)
      },
      onTime: (nowMs) => this.endpoint.time(nowMs),
      isIdle: () => this.endpoint.isIdle,
    })
    this.#attach()
  }

  /** For the world: it stood still. */
  resumed(): void {
    this.resumedMs = this.#environment.clock.monotonicMs()
  }

  get isAttached(): boolean {
    return this.#link !== undefined
  }

  onFrames(_link: Link, bytes: Uint8Array, start: number, end: number): void {
    this.#pulse.beforeInput()
    this.endpoint.onFrames(bytes, start, end)
    this.endpoint.flush()
  }

  onDrain(): void {
    this.endpoint.onDrain()
  }

  onClosed(link: Link): void {
    // One that the node did not take never was this program's.
    if (link !== this.#link) return
    this.#link = undefined
    this.#options.changed()
    this.endpoint.linkLost()
    this.#attachLater()
  }

  #endpointOn({ clock }: NodeEnvironment): ProgramEndpoint {
    const loop = simulatedLoop(clock)
    const flush = () => this.endpoint.flush()
    return new ProgramEndpoint(
      {
        tellTime: () => this.#pulse.beforeCall(),
        nextTurn: (run) => loop.nextTurn(run, undefined),
        wake: () => loop.afterTurn(flush, undefined),
        onRouting: (bytes, start, end) => {
          const routing = decodeRouting(bytes, start, end)
          if (routing) this.#ownProgram.routingChanged(routing)
          else this.#violated('a routing that cannot be understood')
        },
        onWord: (question, verdict) => this.#permit.onWord(question, verdict),
        onViolation: (reason) => this.#violated(reason),
      },
      clock.monotonicMs(),
      defaultDeadlineMs,
    )
  }

  #violated(reason: string): void {
    throw new Error(`${this.#options.place.name}: the node broke a rule of the protocol: ${reason}`)
  }

  #attachLater(): void {
    this.#environment.clock.after(reattachMs, () => this.#attach())
  }

  #attach(): void {
    this.#environment.dial(this.#options.place.node, this, (link) => {
      if (!link) return this.#attachLater()
      this.#link = link
      this.#options.changed()
      this.#permit.begin(this.#options.wordMs)
      this.endpoint.connect(link, true, true)
    })
  }
}
