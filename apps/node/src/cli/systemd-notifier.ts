import { execFile } from 'node:child_process'

/** What a service manager is told (sd_notify(3)). */
export interface ServiceState {
  readonly ready: boolean
  /** One line for `systemctl status`. */
  readonly text: string
}

type Environment = Readonly<Record<string, string | undefined>>
/** Sends `KEY=VALUE` assignments; must not throw. */
export type Send = (assignments: readonly string[]) => void

/**
 * Tells systemd how the daemon is: READY once, a status line at each change, STOPPING, and the watchdog's sign of life. Node
 * has no datagram UNIX sockets, so systemd's own `systemd-notify` carries the words; without NOTIFY_SOCKET there is nobody
 * to tell.
 */
export class SystemdNotifier {
  readonly #send: Send
  readonly #watchdog: NodeJS.Timeout | undefined
  #told: string | undefined
  #isReady = false

  private constructor(send: Send, watchdogMs: number | undefined) {
    this.#send = send
    // From this timer, so that a loop that does not turn gives no sign of life. Three chances within the time.
    if (watchdogMs !== undefined) this.#watchdog = setInterval(() => send(['WATCHDOG=1']), watchdogMs / 3).unref()
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
    const becameReady = ready && !this.#isReady
    this.#isReady ||= ready
    if (!becameReady && text === this.#told) return
    this.#told = text
    this.#send([...(becameReady ? ['READY=1'] : []), `STATUS=${text}`])
  }

  stopping(): void {
    clearInterval(this.#watchdog)
    this.#send(['STOPPING=1', 'STATUS=leaving the ring'])
  }
}

function systemdNotify(pid: number): Send {
  return (assignments) => {
    // A manager that cannot be told will say so itself, by its time-outs.
    execFile('systemd-notify', [`--pid=${pid}`, ...assignments], { timeout: 5000 }, () => undefined).unref()
  }
}
