// The processes of a run: three servers (the third with its program embedded), a slave, their programs, and the relays.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as later } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { fetchText } from '../local-ring.mjs'
import { nodeApp } from './code.mjs'
import { Running } from './running.mjs'

const scriptOf = (name) => fileURLToPath(new URL(name, import.meta.url))
const host = '127.0.0.1'
const groupKey = 'only for the processes of one random run'

async function freePorts(count) {
  const claims = await Promise.all(
    Array.from({ length: count }, async () => {
      const claim = createServer().listen(0, host)
      await once(claim, 'listening')
      return claim
    }),
  )
  return claims.map((claim) => {
    // @ts-expect-error a TCP server has a port
    const { port } = claim.address()
    claim.close()
    return port
  })
}

export class Ring {
  servers = []
  slaves = []
  programs = []
  clients = []
  #directory
  #relay

  constructor(directory) {
    this.#directory = directory
  }

  async start() {
    await this.#describe()
    for (const node of [...this.servers.slice(0, 2), this.slaves[0]]) this.#startDaemon(node)
    const [first, second, third] = this.servers
    third.process = this.#embedded(third)
    this.programs = [this.#program(first, 0), this.#program(first, 1), this.#program(second, 2)]
    await this.#untilWhole()
  }

  get nodes() {
    return [...this.servers, this.slaves[0]]
  }

  get processes() {
    return [...this.nodes.map((node) => node.process), ...this.programs, ...this.clients].filter(Boolean)
  }

  /** Client programs: two at the slave, one at the first server, one with a slave of its own. */
  async startClients(given) {
    const at = [this.slaves[0], this.slaves[0], this.servers[0], this.slaves[1]]
    for (const [client, node] of at.entries()) {
      const order = { ...given, client, node, embedded: client === 3, endings: this.path(`endings-${client}`) }
      order.servers = this.servers.map(({ name }) => name)
      order.node = { ...node, process: undefined }
      const stdio = ['ignore', 'ignore', 'inherit', 'ipc']
      const args = [JSON.stringify(order)]
      this.clients.push(new Running({ label: `client ${client}`, file: scriptOf('client-process.mjs'), args, stdio }))
    }
    for (const { child } of this.clients) await once(child, 'message')
  }

  path(name) {
    return join(this.#directory, name)
  }

  silence(server, share) {
    this.#relay.send({ server, share })
  }

  /** Whether every daemon is ready and sees all three servers. The third has no health port: it is in their view. */
  async isWhole() {
    const daemons = this.nodes.filter((node) => node !== this.servers[2])
    const states = await Promise.all(daemons.map(({ httpPort }) => fetchText(httpPort, '/readyz')))
    return states.every(({ status, body }) => status === 200 && JSON.parse(body).members.length === 3)
  }

  end() {
    this.#relay?.kill('SIGKILL')
    for (const { child } of this.processes) child.kill('SIGKILL')
  }

  async #describe() {
    const ports = await freePorts(3 * 4 + 2 * 2)
    const next = () => ports.shift()
    const lists = Array.from({ length: 3 }, () => ({ PORT: next(), CTLPORT: next(), relay: next(), http: next() }))
    const slaves = Array.from({ length: 2 }, () => ({ CTLPORT: next(), http: next() }))
    const SVRNODE = lists.map(({ PORT, CTLPORT, relay }) => ({
      NAME: host,
      PORT,
      CTLPORT,
      ENDPOINTS: `${host}:${relay}`,
    }))
    const SLVNODE = slaves.map(({ CTLPORT }) => ({ NAME: '[.]*', CTLPORT }))
    const described = ({ CTLPORT, http }, index) => {
      const directory = this.path(`node-${index}`)
      mkdirSync(directory, { recursive: true, mode: 0o700 })
      const RING = { QUORUM: 'majority', DETECT: 'fast', HTTPPORT: http, GROUPKEY: groupKey }
      Object.assign(RING, { STATEDIR: join(directory, 'state'), RUNTIMEDIR: join(directory, 'run') })
      const GLOBAL = { FILEVERSION: 1, GROUP: 'random-run', DELIVERMODE: 'hash', REPLICA: 1 }
      return {
        ...{ index, name: `${host}:${CTLPORT}`, ctlPort: CTLPORT, httpPort: http, log: join(directory, 'log') },
        runtimeDirectory: RING.RUNTIMEDIR,
        configuration: JSON.stringify({ GLOBAL, RING, SVRNODE, SLVNODE }),
      }
    }
    this.servers = lists.map(described)
    this.slaves = slaves.map((slave, at) => described(slave, 3 + at))
    const relays = lists.map(({ PORT, relay }) => ({ listen: relay, target: PORT }))
    const stdio = /** @type {any} */ (['ignore', 'ignore', 'inherit', 'ipc'])
    this.#relay = spawn(process.execPath, [scriptOf('relay-process.mjs'), JSON.stringify(relays)], { stdio })
    await once(this.#relay, 'message')
  }

  #startDaemon(node) {
    const args = ['run', '--config', node.configuration, '--ctlport', `${node.ctlPort}`, '--log-file', node.log]
    node.process = new Running({ label: `node ${node.index}`, file: nodeApp, args })
  }

  #embedded(node) {
    const order = { node, program: 3, starts: this.path('starts-3'), log: node.log, embedded: true }
    return new Running({
      label: `node ${node.index}`,
      file: scriptOf('server-process.mjs'),
      args: [JSON.stringify(order)],
    })
  }

  #program(node, program) {
    const order = { node: { ...node, process: undefined }, program, starts: this.path(`starts-${program}`) }
    const args = [JSON.stringify(order)]
    return new Running({
      label: `program ${program} of node ${node.index}`,
      file: scriptOf('server-process.mjs'),
      args,
    })
  }

  async #untilWhole() {
    for (let tries = 0; tries < 600; tries++) {
      if (await this.isWhole()) return
      await later(100)
    }
    throw new Error(`the ring was not whole in a minute; its logs: ${this.#directory}`)
  }
}
