// Rings for measurements: the processes of one, and its configuration.
import { fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const script = (name) => fileURLToPath(new URL(name, import.meta.url))

/** For profiles: `BENCH_NODE_FLAGS="--cpu-prof --cpu-prof-dir=/tmp/profiles"`. */
const nodeFlags = (process.env['BENCH_NODE_FLAGS'] ?? '').split(' ').filter((flag) => flag !== '')

/** A process that carries out orders. */
export class Worker {
  #child
  #waiting = new Map()
  #next = 1

  constructor(name = 'worker.mjs') {
    this.#child = fork(script(name), { execArgv: ['--expose-gc', ...nodeFlags] })
    this.#child.on('message', ({ id, value, problem }) => {
      const { resolve, reject } = this.#waiting.get(id)
      this.#waiting.delete(id)
      if (problem === undefined) resolve(value)
      else reject(new Error(problem))
    })
    this.#child.on('exit', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error('a process of the bench has ended'))
    })
  }

  ask(order, given = {}) {
    return new Promise((resolve, reject) => {
      this.#waiting.set(this.#next, { resolve, reject })
      this.#child.send({ id: this.#next++, order, given })
    })
  }

  /** At once, as a crash would. */
  kill() {
    this.#child.kill('SIGKILL')
  }

  async end() {
    const exited = once(this.#child, 'exit')
    const force = setTimeout(() => this.#child.kill('SIGKILL'), 5_000)
    await this.ask('end').catch(() => undefined)
    if (this.#child.connected) this.#child.disconnect()
    await exited
    clearTimeout(force)
  }
}

/**
 * A configuration of one server, or of three whose majority decides, as `ring-node init` writes it; with so many slaves
 * listed. Ports were free a moment ago.
 */
export async function temporaryRing({ tls = false, servers = 1, slaves = 1, global = {} } = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'ring-bench-'))
  const ports = await freePorts(2 * servers + slaves)
  const places = Array.from({ length: servers }, (_, at) => ({ port: ports[2 * at], ctlPort: ports[2 * at + 1] }))
  const slavePorts = ports.slice(2 * servers)
  const agreed = servers > 1 && { QUORUM: 'majority', STATEDIR: join(directory, 'state', '%n') }
  const configuration = JSON.stringify({
    GLOBAL: {
      ...{ GROUP: 'bench', FILEVERSION: 1, DELIVERMODE: 'hash', REPLICA: servers > 1 ? 1 : 0 },
      ...(tls && (await tlsKeys(directory))),
      ...global,
    },
    SVRNODE: places.map(({ port, ctlPort }) => ({ NAME: '127.0.0.1', PORT: port, CTLPORT: ctlPort })),
    SLVNODE: slavePorts.map((port) => ({ NAME: '127.0.0.1', CTLPORT: port })),
    RING: { RUNTIMEDIR: join(directory, '%n'), GROUPKEY: randomBytes(24).toString('hex'), ...agreed },
  })
  return {
    configuration,
    ...places[0],
    places,
    slavePorts,
    remove: () => rmSync(directory, { recursive: true, force: true }),
  }
}

/**
 * A ring and the worker that asks. `embedded`: a server and a slave, each with its program inside. `four`: the same in four
 * processes. `quickstart`: three servers and a slave, each with its program beside it.
 *
 * @param {'embedded' | 'four' | 'quickstart'} layout
 */
export async function openStage(layout, options = {}) {
  const ring = await temporaryRing({ ...options, servers: layout === 'quickstart' ? 3 : 1 })
  const workers = []
  const close = async () => {
    for (const worker of workers) await worker.end()
    ring.remove()
  }
  const start = () => {
    const worker = new Worker()
    workers.unshift(worker)
    return worker
  }
  try {
    const nodes = await (layout === 'embedded' ? startEmbedded : startApart)(ring, start)
    await workers[0].ask('reach')
    return { client: workers[0], workers, nodes, cpuMicros: () => cpuMicrosOf(workers), close }
  } catch (error) {
    await close()
    throw error
  }
}

async function startEmbedded({ configuration, ctlPort, slavePorts }, start) {
  const server = start()
  await server.ask('node', { configuration, ctlPort })
  await server.ask('embed', { role: 'server' })
  const slave = start()
  await slave.ask('node', { configuration, ctlPort: slavePorts[0] })
  await slave.ask('embed', { role: 'client' })
  return { slave, server }
}

async function startApart({ configuration, places, slavePorts }, start) {
  const servers = places.map(() => start())
  // A majority becomes ready together.
  const homes = await Promise.all(servers.map((node, at) => node.ask('node', { configuration, ...places[at] })))
  for (const [home] of homes) await start().ask('attach', { runtimeDirectory: home, role: 'server' })
  const slave = start()
  const [home] = await slave.ask('node', { configuration, ctlPort: slavePorts[0] })
  await start().ask('attach', { runtimeDirectory: home, role: 'client' })
  return { slave, server: servers[0] }
}

async function cpuMicrosOf(workers) {
  const each = await Promise.all(workers.map((worker) => worker.ask('cpu')))
  return each.reduce((sum, one) => sum + one, 0)
}

/** An order with the processor time that it took in all processes, a unit of what it counted. */
export async function measured(stage, order, given) {
  const before = await stage.cpuMicros()
  const { count, seconds } = await stage.client.ask(order, given)
  return { perSecond: count / seconds, cpuMicros: ((await stage.cpuMicros()) - before) / count, count, seconds }
}

/** Ports of 127.0.0.1 that were free a moment ago. */
export async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => /** @type {import('node:net').AddressInfo} */ (server.address()).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

async function tlsKeys(directory) {
  const { generate } = await import('selfsigned')
  const made = await generate([{ name: 'commonName', value: '127.0.0.1' }], {
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] },
    ],
  })
  const [certificate, key] = [join(directory, 'certificate.pem'), join(directory, 'key.pem')]
  writeFileSync(certificate, made.cert)
  writeFileSync(key, made.private, { mode: 0o600 })
  const pairs = { SERVER_CERT: certificate, SERVER_PRIKEY: key, SLAVE_CERT: certificate, SLAVE_PRIKEY: key }
  return { SSL: 'on', SSL_VERIFY_PEER: 'on', CAPATH: certificate, ...pairs }
}
