import type { Clock, Timer } from '@ring/platform'
import { writePing } from './core/frames/ping-frame.ts'
import { LinkLiveness, type LinkVerdict, livenessTiming } from './core/relay/link-liveness.ts'
import type { RelayPort } from './core/relay/relay-port.ts'

export interface LinkWatchEvents {
  /** Tells of a pause first if there was one, and says what time it is. */
  look(): number
  /** The link is to be ended: nothing arrives here (`silent`), or there (`unheard`), for `silenceMs` so far. */
  onSilent(port: RelayPort, verdict: Exclude<LinkVerdict, 'alive'>, silenceMs: number): void
}

/** Sends PING on the data links whose both ends know it, and finds those that fell silent. Without links it sleeps. */
export class LinkWatch {
  private readonly clock: Clock
  private readonly detectMs: number
  private readonly pingMs: number
  private readonly events: LinkWatchEvents
  private readonly ports = new Map<RelayPort, LinkLiveness>()
  private timer: Timer | undefined
  private dueMs = 0

  constructor(clock: Clock, detectMs: number, events: LinkWatchEvents) {
    this.clock = clock
    this.detectMs = detectMs
    this.pingMs = livenessTiming(detectMs, true).pingMs
    this.events = events
  }

  add(port: RelayPort): void {
    const liveness = new LinkLiveness(livenessTiming(this.detectMs, port.kind === 'server'), this.clock.monotonicMs())
    port.liveness = liveness
    this.ports.set(port, liveness)
    if (this.timer === undefined) this.arm()
  }

  remove(port: RelayPort): void {
    this.ports.delete(port)
    if (this.ports.size === 0) this.stop()
  }

  /**
   * The process stood still; to be called before what waited meanwhile is taken. Looking late shows it as well, but not where
   * the monotonic clock stood, too.
   */
  resumed(gapMs: number): void {
    const nowMs = this.clock.monotonicMs()
    for (const [port, liveness] of this.ports) {
      liveness.resumed(gapMs, nowMs)
      // The others' patience may be about to end.
      writePing(port.link, 0)
    }
  }

  stop(): void {
    this.timer?.cancel()
    this.timer = undefined
  }

  private arm(): void {
    this.dueMs = this.clock.monotonicMs() + this.pingMs
    this.timer = this.clock.after(this.pingMs, () => {
      this.lookAtAll()
    })
  }

  private lookAtAll(): void {
    const nowMs = this.events.look()
    const lateMs = Math.max(0, nowMs - this.dueMs)
    // What the others have sent may wait in the socket: nothing is said of it.
    const isLate = lateMs >= this.pingMs / 2
    this.arm()
    for (const [port, liveness] of this.ports) {
      liveness.late(lateMs, nowMs)
      const verdict = liveness.verdict(nowMs)
      if (verdict === 'alive') writePing(port.link, isLate ? 0 : liveness.silenceMs(nowMs))
      else {
        this.remove(port)
        this.events.onSilent(port, verdict, liveness.silenceMs(nowMs))
      }
    }
  }
}
