import { execFile } from 'node:child_process'

/** What a service manager is told (sd_notify(3)). */
export interface ServiceState {
  readonly ready: boolean
  /** One line for `systemctl status`. */
  readonly text: string
}

type Environment = Readonly<Record<string, string | undefined>>
/** Sends `KEY=VALUE` assignments, and tells when they have arrived or cannot; must not throw. */
export type Send = (assignments: readonly string[], ended: () => void) => void

const statusGapMs = 1000

/**
 * Tells systemd how the daemon is: READY once, a status line at each change, STOPPING, and the watchdog's sign of life. Node
 * has no datagram UNIX sockets, so systemd's own `systemd-notify` carries the words; without NOTIFY_SOCKET there is nobody
 * to tell. One message is on its way at a time, so that none overtakes another. A status line of its own waits until a
 * second after the one before, and the latest is told; the rest does not wait for that.
 */
export class SystemdNotifier {
  readonly #send: Send
  readonly #watchdog: NodeJS.Timeout | undefined
  readonly #pending = new Map<'READY' | 'STOPPING' | 'WATCHDOG' | 'STATUS', string>()
  #told: string | undefined
  #isReady = false
  #isStopping = false
  #isSending = false
  #statusGap: NodeJS.Timeout | undefined

  private constructor(send: Send, watchdogMs: number | undefined) {
    this.#send = send
    if (watchdogMs === undefined) return
    // From this timer, so that a loop that does not turn gives no sign of life. Three chances within the time.
    this.#watchdog = setInterval(() => {
      this.#pending.set('WATCHDOG', '1')
      this.#flush()
    }, watchdogMs / 3).unref()
  }

  /** Undefined where no service manager listens. */
  static from(environment: Environment, pid: number, send: Send = systemdNotify(pid)): SystemdNotifier | undefined {
    const { NOTIFY_SOCKET: socket, WATCHDOG_USEC: watchdogUs, WATCHDOG_PID: watchdogPid } = environment
    if (!socket) return undefined
    const isWatched = watchdogPid === undefined || Number(watchdogPid) === pid
    const watchdogMs = Number(watchdogUs) / 1000
    return new SystemdNotifier(send, isWatched && watchdogMs > 0 ? watchdogMs : undefined)
  }

  changed({ ready, text }: ServiceState): void {
    if (this.#isStopping) return
    if (ready && !this.#isReady) {
      this.#isReady = true
      this.#pending.set('READY', '1')
    }
    this.#status(text)
  }

  stopping(): void {
    if (this.#isStopping) return
    this.#isStopping = true
    clearInterval(this.#watchdog)
    this.#pending.delete('WATCHDOG')
    this.#pending.set('STOPPING', '1')
    this.#status('leaving the ring')
  }

  #status(text: string): void {
    // Behind what came since, for the latest goes last.
    this.#pending.delete('STATUS')
    if (text !== this.#told) this.#pending.set('STATUS', text)
    this.#flush()
  }

  #flush(): void {
    const hasStatusOnly = this.#pending.size === 1 && this.#pending.has('STATUS')
    if (this.#isSending || this.#pending.size === 0 || (hasStatusOnly && this.#statusGap)) return
    const assignments = [...this.#pending].map(([key, value]) => `${key}=${value}`)
    const status = this.#pending.get('STATUS')
    if (status !== undefined) this.#statusTold(status)
    this.#pending.clear()
    this.#isSending = true
    this.#send(assignments, () => {
      this.#isSending = false
      this.#flush()
    })
  }

  #statusTold(text: string): void {
    this.#told = text
    clearTimeout(this.#statusGap)
    this.#statusGap = setTimeout(() => {
      this.#statusGap = undefined
      this.#flush()
    }, statusGapMs).unref()
  }
}

function systemdNotify(pid: number): Send {
  return (assignments, ended) => {
    // A manager that cannot be told will say so itself, by its time-outs.
    execFile('systemd-notify', [`--pid=${pid}`, ...assignments], { timeout: 5000 }, () => ended()).unref()
  }
}
