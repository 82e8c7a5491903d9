import type { Logger } from 'pino'
import type { LogSink } from '../../log/log-sink.ts'
import type { RingNode } from '../../node.ts'
import type { HealthServer } from '../../observe/health-server.ts'
import type { StatusServer } from '../../operator/status-server.ts'
import { exitCodes } from '../exit-codes.ts'
import type { RunRequest } from '../program.ts'
import { type EndingSignal, takeEndingSignals } from './ending-signals.ts'

/** What signals are for once the node runs. */
interface Running {
  readonly node: RingNode
  readonly health: HealthServer | undefined
  readonly status: StatusServer | undefined
  /** Takes back what was said of this node to those who look for it here. */
  readonly gone: () => Promise<void>
  readonly reload: () => Promise<void>
}

/** A start that is told to end may take this long to come to a point where it can end in order. */
const startMsMax = 3_000

/**
 * TERM and INT leave the ring and end, a second INT at once; HUP reloads and opens the log file again, or ends in CHMPX's
 * way. What comes while the node starts is done when it runs.
 */
export class DaemonSignals {
  readonly #logger: Logger
  readonly #log: LogSink
  readonly #onHup: RunRequest['onHup']
  #running: Running | undefined
  #ending: EndingSignal | 'HUP' | undefined
  #isReloadDue = false

  constructor(logger: Logger, log: LogSink, onHup: RunRequest['onHup']) {
    this.#logger = logger
    this.#log = log
    this.#onHup = onHup
  }

  install(): void {
    takeEndingSignals((signal) => this.#end(signal))
    process.on('SIGHUP', () => (this.#onHup === 'exit' ? this.#end('HUP') : this.#reload()))
  }

  running(running: Running): void {
    this.#running = running
    if (this.#ending !== undefined) void this.#stop(running)
    else if (this.#isReloadDue) this.#reload()
  }

  #end(signal: EndingSignal | 'HUP'): void {
    if (this.#ending !== undefined) {
      if (signal === 'INT') process.exit(exitCodes.interrupted)
      return
    }
    this.#ending = signal
    this.#logger.info({ event: 'process.stopping', signal }, 'stopping')
    if (this.#running !== undefined) void this.#stop(this.#running)
    else setTimeout(() => void this.#exit(), startMsMax)
  }

  async #stop({ node, health, status, gone }: Running): Promise<void> {
    await node.stop()
    health?.stop()
    await status?.stop()
    await gone()
    await this.#exit()
  }

  async #exit(): Promise<void> {
    this.#logger.info({ event: 'process.stopped' }, 'stopped')
    await this.#log.flush()
    process.exit(exitCodes.ok)
  }

  #reload(): void {
    try {
      this.#log.reopen()
    } catch (error) {
      this.#logger.error(
        { event: 'log.not-reopened', err: error },
        'the log file cannot be opened again; the old one is used',
      )
    }
    if (this.#running === undefined) this.#isReloadDue = true
    else void this.#running.reload()
  }
}
