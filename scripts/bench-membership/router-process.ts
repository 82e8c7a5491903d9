import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'

/** A gossip router in a process of its own. */
export class RouterProcess {
  readonly ready: Promise<void>
  readonly #child: ChildProcess = fork(join(import.meta.dirname, 'router.mjs'), { execArgv: [] })
  #port = 0

  constructor() {
    this.ready = new Promise((resolve, reject) => {
      this.#child.once('message', (message) => {
        this.#port = (message as { readonly port: number }).port
        resolve()
      })
      this.#child.once('exit', () => reject(new Error('the gossip router ended')))
    })
    // Who waits for it hears of it.
    this.ready.catch(() => undefined)
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null) return
    const ended = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.kill()
    await ended
  }
}
