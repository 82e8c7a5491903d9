// Faults at random, one after the other and sometimes two at once, until the run is over; then everything is mended.
import { setTimeout as later } from 'node:timers/promises'
import { machineMs } from './records.mjs'

const weights = {
  kill: 4,
  restart: 3,
  stop: 5,
  'stop two': 2,
  stutter: 2,
  'stop a program': 4,
  'kill a program': 2,
  'silent links': 4,
  'slave away': 1,
}

export class Faults {
  /** What was done to whom, and when. */
  done = []
  #ring
  #random
  #isOver = false
  #busy = new Set()

  constructor(ring, random) {
    this.#ring = ring
    this.#random = random
  }

  async run() {
    const running = new Set()
    while (!this.#isOver) {
      const kind = this.#random.weighed(weights)
      const fault = this.#strike(kind)
      running.add(fault)
      void fault.finally(() => running.delete(fault))
      if (this.#random.chance(0.75)) await fault
      await later(this.#random.between(100, 2_500))
    }
    await Promise.all(running)
  }

  over() {
    this.#isOver = true
  }

  #strike(kind) {
    const random = this.#random
    const server = random.pick(this.#ring.servers)
    const other = random.pick(this.#ring.servers.filter((one) => one !== server))
    const ms = random.scaled(80, 4_500)
    switch (kind) {
      case 'kill':
        return this.#away(kind, server, 'SIGKILL', random.between(0, 2_500))
      case 'restart':
        return this.#away(kind, server, 'SIGTERM', random.between(0, 500))
      case 'slave away':
        return this.#away(kind, this.#ring.slaves[0], random.pick(['SIGTERM', 'SIGKILL']), random.between(0, 1_000))
      case 'stop':
        return this.#stop(kind, [random.chance(0.8) ? server : this.#ring.slaves[0]], ms)
      case 'stop two':
        return this.#stop(kind, [server, other], ms)
      case 'stutter':
        return this.#stutter(server, random.whole(4, 12))
      case 'stop a program':
        return this.#stopProgram(random.pick([...this.#ring.programs, ...this.#ring.clients]), ms)
      case 'kill a program':
        return this.#killProgram(random.pick(this.#ring.programs), random.between(0, 1_000))
      default:
        return this.#silence(server, random.pick([0.3, 1]))
    }
  }

  #note(kind, label, more = {}) {
    const fromMs = machineMs()
    const entry = { kind, label, fromMs, toMs: fromMs, fromWallMs: Date.now(), ...more }
    this.done.push(entry)
    return entry
  }

  /** One fault at a time for a process: what is stopped is not also restarted. */
  async #alone(processes, work) {
    if (processes.some((one) => this.#busy.has(one))) return
    for (const one of processes) this.#busy.add(one)
    try {
      await work()
    } finally {
      for (const one of processes) this.#busy.delete(one)
    }
  }

  #away(kind, node, signal, ms) {
    return this.#alone([node.process], async () => {
      const entry = this.#note(kind, node.process.label)
      await node.process.end(signal)
      await later(ms)
      node.process.start()
      entry.toMs = machineMs()
    })
  }

  #stop(kind, nodes, ms) {
    return this.#alone(
      nodes.map((node) => node.process),
      async () => {
        const entries = nodes.map((node) => this.#stopped(kind, node))
        await later(ms)
        for (const [at, { process }] of nodes.entries()) this.#goesOn(entries[at], process)
      },
    )
  }

  #stopped(kind, { process, index }) {
    process.stop()
    return this.#note(kind, process.label, { node: index, stopped: true })
  }

  #goesOn(entry, process) {
    // Before the signal: what starts after it is judged by this.
    entry.toMs = machineMs()
    entry.toWallMs = Date.now()
    process.goOn()
  }

  #stutter(node, times) {
    return this.#alone([node.process], async () => {
      for (let time = 0; time < times; time++) {
        const entry = this.#stopped('stutter', node)
        await later(this.#random.between(110, 500))
        this.#goesOn(entry, node.process)
        await later(this.#random.between(20, 250))
      }
    })
  }

  #stopProgram(program, ms) {
    return this.#alone([program], async () => {
      const entry = this.#note('stop a program', program.label)
      program.stop()
      await later(ms)
      program.goOn()
      entry.toMs = machineMs()
    })
  }

  #killProgram(program, ms) {
    return this.#alone([program], async () => {
      const entry = this.#note('kill a program', program.label)
      await program.end('SIGKILL')
      await later(ms)
      program.start()
      entry.toMs = machineMs()
    })
  }

  async #silence(server, share) {
    this.#note('silent links', server.process.label)
    this.#ring.silence(server.index, share)
  }
}
