// A program that asks or answers through a server that is not ours, in a process of its own.
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const script = fileURLToPath(new URL('peer-process.mjs', import.meta.url))

export class Peer {
  #child

  constructor(child) {
    this.#child = child
  }

  static async start(role, port) {
    const peer = new Peer(fork(script, [role, String(port)]))
    await peer.#answer()
    return peer
  }

  /**
   * @param {{ ms: number, inFlight: number, bytes: number }} load
   * @returns {Promise<{ count: number, seconds: number }>}
   */
  ask(load) {
    this.#child.send(load)
    return this.#answer()
  }

  end() {
    this.#child.kill('SIGKILL')
  }

  #answer() {
    return new Promise((resolve, reject) => {
      const gone = (code, signal) => reject(new Error(`a program that asks or answers has ended: ${signal ?? code}`))
      this.#child.once('exit', gone)
      this.#child.once('message', (answer) => {
        this.#child.off('exit', gone)
        resolve(answer)
      })
    })
  }
}
