// A program that asks or answers through a server that is not ours, in a process of its own.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const script = fileURLToPath(new URL('peer-process.mjs', import.meta.url))

export class Peer {
  #child

  constructor(child) {
    this.#child = child
  }

  /** @param {string} folder where the clients are installed */
  static async start(folder, role, port) {
    const child = fork(script, [folder, role, String(port)])
    await once(child, 'message')
    return new Peer(child)
  }

  /** @returns {Promise<{ count: number, seconds: number }>} */
  async ask(load) {
    this.#child.send(load)
    const [answer] = await once(this.#child, 'message')
    return answer
  }

  end() {
    this.#child.kill('SIGKILL')
  }
}
