import { clear, type StartAdmission, waits } from '../../relay/waiting/verdict.ts'

/** What a permit needs of the program's shell. */
export interface PermitShell {
  /** Monotonic milliseconds, now: the program may have computed for long since the last tick. */
  nowMs(): number
  /** Sends ASK with this number. */
  ask(question: number): void
}

interface Question {
  readonly number: number
  readonly atMs: number
}

/**
 * Whether a program behind a socket may start handlers (rule M3). What lies in its socket may have waited there while its
 * node stood still and was expelled, and the program was busy, or stood still too. So a handler is started only on the
 * node's word, given to a question that is not older than half of the detection time; a fresh one is asked for in time,
 * so that a program that is served all the time never waits for it.
 */
export class StartPermit implements StartAdmission {
  private readonly shell: PermitShell
  /** How long a word counts, from its question on; 0 for a node of a version that gives none. */
  private validMs = 0
  private untilMs = Number.NEGATIVE_INFINITY
  private asked: Question | undefined
  private lastNumber = 0

  constructor(shell: PermitShell) {
    this.shell = shell
  }

  /** A link is open to a node whose words count for `validMs`; 0 when it gives none. */
  begin(validMs: number): void {
    this.validMs = validMs
    this.revoke()
  }

  /** The program was away: an answer that is under way may be from before. */
  resumed(awayMs: number): void {
    if (awayMs >= this.validMs) this.revoke()
  }

  verdict(): number {
    if (this.validMs === 0) return clear
    const nowMs = this.shell.nowMs()
    if (nowMs < this.untilMs - this.validMs / 2) return clear
    if (this.asked === undefined) {
      this.lastNumber = (this.lastNumber + 1) >>> 0
      this.asked = { number: this.lastNumber, atMs: nowMs }
      this.shell.ask(this.lastNumber)
    }
    return nowMs < this.untilMs ? clear : waits
  }

  /** WORD arrived; what waits is to be tried again, or refused, afterwards. */
  onWord(question: number, verdict: number): void {
    const { asked } = this
    const isAnswer = asked?.number === question
    // The node says it again when it changes its mind: the question stays open until then.
    if (isAnswer && verdict !== waits) this.asked = undefined
    if (verdict !== clear) this.untilMs = Number.NEGATIVE_INFINITY
    else if (isAnswer) this.untilMs = asked.atMs + this.validMs
  }

  private revoke(): void {
    this.untilMs = Number.NEGATIVE_INFINITY
    this.asked = undefined
  }
}
