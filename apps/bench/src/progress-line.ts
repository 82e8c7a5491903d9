import { grouped } from './core/figures.ts'
import type { Counts } from './core/load-result.ts'

const terminalMs = 250
const plainMs = 1_000

/**
 * What happens while it happens, on stderr: one line that is written over on a terminal, a line a second elsewhere when
 * that was asked for, else nothing. No colours, so there is none to switch off.
 */
export class ProgressLine {
  private readonly stream: NodeJS.WriteStream
  private readonly isTerminal: boolean
  private readonly counts: () => Counts
  private readonly timer: NodeJS.Timeout | undefined
  private readonly startMs = performance.now()
  private lastMs = this.startMs
  private lastDone = 0

  constructor(stream: NodeJS.WriteStream, counts: () => Counts, { always }: { readonly always: boolean }) {
    this.stream = stream
    this.counts = counts
    this.isTerminal = stream.isTTY && process.env['TERM'] !== 'dumb'
    if (!this.isTerminal && !always) return
    this.timer = setInterval(() => this.draw(), this.isTerminal ? terminalMs : plainMs)
  }

  /** Ends the line; what follows begins on a new one. */
  stop(): void {
    if (this.timer === undefined) return
    clearInterval(this.timer)
    if (this.isTerminal) this.stream.write('\r\x1b[K')
  }

  private draw(): void {
    const nowMs = performance.now()
    const { sent, done, failures } = this.counts()
    // A new run begins its counts anew.
    const gained = done < this.lastDone ? done : done - this.lastDone
    const perSecond = (gained * 1_000) / Math.max(1, nowMs - this.lastMs)
    this.lastMs = nowMs
    this.lastDone = done
    const time = ((nowMs - this.startMs) / 1_000).toFixed(1)
    const text = `${time} s  ${grouped(perSecond)}/s  ${grouped(sent)} sent  ${grouped(done)} done  ${grouped(failures)} errors`
    this.stream.write(this.isTerminal ? `\r\x1b[K${text}` : `${text}\n`)
  }
}
