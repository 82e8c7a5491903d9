/** When a data link counts as silent, in milliseconds. */
export interface LivenessTiming {
  /** How often PING is sent, and how often links are looked at. */
  readonly pingMs: number
  /** Nothing was received for so long. */
  readonly silentMs: number
  /** The other end says that it has received nothing for so long; infinite where its word does not count. */
  readonly unheardMs: number
}

/** `silent`: nothing comes from there. `unheard`: nothing that is sent arrives there. */
export type LinkVerdict = 'alive' | 'silent' | 'unheard'

const pingsADetection = 6
/** Who is asked waits for nothing on a link, so there it is only put away: later, for a program may compute long. */
const patience = 3

/**
 * Both ends are found out before the detection time has passed, with one look left for it.
 *
 * @param asks whether it is this node that asks over the link: then the other's word counts, and the link is dialled anew
 */
export function livenessTiming(detectMs: number, asks: boolean): LivenessTiming {
  const pingMs = detectMs / pingsADetection
  if (!asks) return { pingMs, silentMs: patience * detectMs - pingMs, unheardMs: Number.POSITIVE_INFINITY }
  return { pingMs, silentMs: detectMs - pingMs, unheardMs: detectMs - 2 * pingMs }
}

/**
 * Whether one data link still carries frames, judged for each direction by what arrives at its end, so that a link which is
 * full in one direction never counts as silent. All times are monotonic milliseconds.
 */
export class LinkLiveness {
  private readonly timing: LivenessTiming
  private heardMs: number
  /** For how long the other end has received nothing, by its last PING. */
  private reportedMs = 0
  private distrustUntilMs = 0

  constructor(timing: LivenessTiming, nowMs: number) {
    this.timing = timing
    this.heardMs = nowMs
  }

  /** Something has arrived. */
  heard(nowMs: number): void {
    this.heardMs = nowMs
  }

  /** A PING has arrived, which says that the other end has received nothing for `unheardMs`. */
  pinged(unheardMs: number, nowMs: number): void {
    this.reportedMs = nowMs < this.distrustUntilMs ? 0 : unheardMs
  }

  /** This process did not run for `gapMs`: it could receive nothing, and sent nothing (rule M3). */
  resumed(gapMs: number, nowMs: number): void {
    this.heardMs = Math.min(nowMs, this.heardMs + gapMs)
    // What the other end says of that time is true, and says nothing of the link.
    this.reportedMs = 0
    this.distrustUntilMs = nowMs + 2 * this.timing.pingMs
  }

  /** This process looks later than it meant to: under load, what has arrived may still wait in the socket. */
  late(lateMs: number, nowMs: number): void {
    if (lateMs >= this.timing.pingMs) this.resumed(lateMs, nowMs)
    else this.heardMs = Math.min(nowMs, this.heardMs + lateMs)
  }

  /** For how long nothing has arrived. */
  silenceMs(nowMs: number): number {
    return nowMs - this.heardMs
  }

  verdict(nowMs: number): LinkVerdict {
    if (this.silenceMs(nowMs) >= this.timing.silentMs) return 'silent'
    return this.reportedMs >= this.timing.unheardMs ? 'unheard' : 'alive'
  }
}
