// Forwards the data port of each server on loopback, so that links can fall silent: neither closed nor reset, as behind a
// firewall that forgot them. Connections made later pass. Where the server refuses, so does the relay.
import { connect, createServer } from 'node:net'

const host = '127.0.0.1'
const retryMs = 20

class Relay {
  #pairs = new Set()
  #listen
  #target
  #server = createServer({ noDelay: true }, (near) => this.#accept(near))

  constructor({ listen, target }) {
    this.#listen = listen
    this.#target = target
    this.#watch()
  }

  /** @param isHit tells for each connection that is open whether it falls silent */
  silence(isHit) {
    for (const pair of this.#pairs) if (isHit()) pair.isSilent = true
  }

  /** Listens as long as the server does. */
  #watch() {
    const probe = connect(this.#target, host)
    probe.on('connect', () => {
      probe.destroy()
      if (!this.#server.listening) this.#server.listen(this.#listen, host)
    })
    probe.on('error', () => setTimeout(() => this.#watch(), retryMs))
  }

  #accept(near) {
    const far = connect({ port: this.#target, host, noDelay: true })
    const pair = { isSilent: false }
    this.#pairs.add(pair)
    far.on('error', (error) => {
      // @ts-expect-error a system error has a code
      if (error.code !== 'ECONNREFUSED' || !this.#server.listening) return
      this.#server.close()
      this.#watch()
    })
    near.on('error', () => {})
    for (const [from, to] of [
      [near, far],
      [far, near],
    ]) {
      from.on('data', (bytes) => {
        if (pair.isSilent || to.write(bytes)) return
        from.pause()
        to.once('drain', () => from.resume())
      })
      from.on('close', () => {
        this.#pairs.delete(pair)
        if (!pair.isSilent) to.destroy()
      })
    }
  }
}

const relays = JSON.parse(process.argv[2]).map((ports) => new Relay(ports))
process.on('message', ({ server, share }) => relays[server].silence(() => Math.random() < share))
process.on('disconnect', () => process.exit())
process.send?.('up')
