// A process of a run.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { root } from '../local-ring.mjs'

/** A process that may be stopped, killed and started again. */
export class Running {
  #file
  #args
  #options
  child

  /** @param {{ label: string, file: string, args: string[], stdio?: any }} given */
  constructor({ label, file, args, stdio = ['ignore', 'ignore', 'inherit'] }) {
    this.label = label
    this.#file = file
    this.#args = args
    this.#options = { cwd: root, stdio }
    this.start()
  }

  start() {
    this.child = spawn(process.execPath, [...process.execArgv, this.#file, ...this.#args], this.#options)
  }

  get runs() {
    return this.child.exitCode === null && this.child.signalCode === null
  }

  stop() {
    this.child.kill('SIGSTOP')
  }

  goOn() {
    this.child.kill('SIGCONT')
  }

  async end(signal) {
    if (!this.runs) return
    const exit = once(this.child, 'exit')
    this.child.kill(signal)
    await exit
  }
}
