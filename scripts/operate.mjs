// npm run operate: servers come into service and go out of it, by hand and by themselves, while a load runs through the ring.
// Every command of the linetool is printed as one would type it. Ends with 1 where a command failed; with --strict also where a
// request did, which a machine that stands still for seconds makes happen.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts } from './bench/ring.mjs'
import { buildApps } from './build-apps.mjs'
import { bold, dim, good, root, say } from './local-ring.mjs'
import { ready } from './ready.mjs'

const serverCount = 6
const isStrict = process.argv.includes('--strict')
const app = (name) => join(root, 'apps', name, 'dist', 'main.js')
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

class Ring {
  #children = new Set()
  #directory = mkdtempSync(join(tmpdir(), 'ring-operate-'))
  #file = join(this.#directory, 'ring.json')
  #ports = []
  #load

  async configure(settings) {
    const ports = await freePorts(2 * serverCount + 1)
    this.#ports = Array.from({ length: serverCount }, (_, at) => ({ PORT: ports[2 * at], CTLPORT: ports[2 * at + 1] }))
    this.slavePort = ports.at(-1)
    const configuration = {
      GLOBAL: { FILEVERSION: 1, GROUP: 'operate', DELIVERMODE: 'hash', REPLICA: 1, ...settings },
      RING: { RUNTIMEDIR: join(this.#directory, '%n'), BIND: '127.0.0.1' },
      SVRNODE: this.#ports.map((port) => ({ NAME: '127.0.0.1', ...port })),
      SLVNODE: [{ NAME: '127.0.0.1', CTLPORT: this.slavePort }],
    }
    writeFileSync(this.#file, `${JSON.stringify(configuration, null, 2)}\n`)
  }

  nameOf(server) {
    return `127.0.0.1:${this.#ports[server].CTLPORT}`
  }

  /** A daemon, and the program of a server beside it. */
  async start(server) {
    const { CTLPORT } = this.#ports[server]
    this.#spawn(app('node'), ['run', '--config', this.#file, '--ctlport', `${CTLPORT}`])
    await this.#answers(CTLPORT)
    this.#spawn(app('bench'), ['--server', '--config', this.#file, '--ctl-port', `${CTLPORT}`])
    while (((await dumpOf(CTLPORT))?.ring?.attached.length ?? 0) === 0) await pause(50)
  }

  async startSlave() {
    this.#spawn(app('node'), ['run', '--config', this.#file, '--ctlport', `${this.slavePort}`])
    await this.#answers(this.slavePort)
  }

  beginLoad() {
    const words = [
      '--client',
      '--config',
      this.#file,
      '--ctl-port',
      `${this.slavePort}`,
      '--in-flight',
      '16',
      '--duration',
      '600s',
      '--json',
    ]
    const child = this.#spawn(app('bench'), words, 'pipe')
    let printed = ''
    child.stdout?.on('data', (bytes) => (printed += bytes))
    this.#load = { child, report: once(child, 'exit').then(() => JSON.parse(printed)) }
  }

  /** What became of every request. */
  async endLoad() {
    this.#load.child.kill('SIGINT')
    return await this.#load.report
  }

  /** As an operator would type it. */
  tool(...words) {
    const { status, stdout, stderr } = this.#tool(words)
    say(`  ${bold(`ring-linetool ${words.join(' ')}`)}`)
    for (const line of `${stdout}${stderr}`.trimEnd().split('\n')) say(dim(`    ${line}`))
    if (status !== 0) throw new Error(`ring-linetool ${words.join(' ')} ended with ${status}`)
  }

  #tool(words) {
    const where = ['--config', this.#file, '--yes', ...words]
    return spawnSync(process.execPath, [app('linetool'), ...where], { cwd: root, encoding: 'utf8' })
  }

  async until(server, isSo) {
    const { CTLPORT } = this.#ports[server]
    for (;;) {
      const state = (await dumpOf(CTLPORT))?.servers.find(({ ctlport }) => ctlport === CTLPORT)?.state
      if (state && isSo(state)) return
      await pause(50)
    }
  }

  async #answers(port) {
    while ((await dumpOf(port)) === undefined) await pause(50)
  }

  /**
   * @param {string} script
   * @param {string[]} args
   * @param {'ignore' | 'pipe'} stdout
   */
  #spawn(script, args, stdout = 'ignore') {
    const child = spawn(process.execPath, [script, ...args], { cwd: root, stdio: ['ignore', stdout, 'ignore'] })
    this.#children.add(child)
    child.once('exit', () => this.#children.delete(child))
    return child
  }

  async end() {
    const all = [...this.#children].reverse()
    for (const child of all) child.kill('SIGTERM')
    const gone = Promise.all(all.map((child) => child.exitCode ?? once(child, 'exit')))
    await Promise.race([gone, pause(15_000)])
    for (const child of this.#children) child.kill('SIGKILL')
    rmSync(this.#directory, { recursive: true, force: true })
  }
}

/** The built package, with the types of its source: a checkout that is not built can be checked, too. */
async function controlProtocol() {
  const built = new URL('../packages/control-protocol/dist/index.js', import.meta.url).href
  return /** @type {typeof import('../packages/control-protocol/src/index.ts')} */ (await import(built))
}

async function dumpOf(port) {
  const { askControl, readDumpReply } = await controlProtocol()
  try {
    const command = 'DUMP JSON'
    return readDumpReply(await askControl({ host: '127.0.0.1', port, command, timeoutMs: 2_000 }))
  } catch {
    return undefined
  }
}

async function walk(title, settings, work) {
  say(`\n${bold(title)}`)
  const ring = new Ring()
  try {
    await ring.configure(settings)
    await Promise.all([0, 1, 2].map((server) => ring.start(server)))
    await work(ring)
    const { requests } = await ring.endLoad()
    const { sent, replied, notDelivered, maybeDelivered, failed } = requests
    say(good(`  ${sent} requests: ${replied} replied, ${notDelivered + maybeDelivered + failed} failed`))
    if (isStrict && sent !== replied) process.exitCode = 1
  } finally {
    await ring.end()
  }
}

async function byHand(ring) {
  for (const server of [0, 1, 2]) ring.tool('servicein', ring.nameOf(server))
  ring.tool('merge', 'start', '--wait')
  ring.tool('merge', 'complete')
  await ring.startSlave()
  ring.beginLoad()
  await pause(1_000)
  say('  A fourth server comes.')
  await ring.start(3)
  ring.tool('servicein', ring.nameOf(3))
  ring.tool('merge', 'start', '--wait')
  ring.tool('merge', 'complete')
  say('  The second one is to go, but for what, and it is aborted; then it goes.')
  ring.tool('serviceout', ring.nameOf(1), '--plan')
  ring.tool('serviceout', ring.nameOf(1))
  ring.tool('merge', 'start')
  ring.tool('merge', 'abort')
  ring.tool('serviceout', ring.nameOf(1))
  ring.tool('merge', 'start', '--wait')
  ring.tool('merge', 'complete')
  ring.tool('status')
}

async function byItself(ring) {
  await Promise.all([0, 1, 2].map((server) => ring.until(server, ({ ring: standing }) => standing === 'in')))
  await ring.startSlave()
  ring.beginLoad()
  await pause(1_000)
  say('  A fourth server comes; nobody has to say so.')
  await ring.start(3)
  await ring.until(3, ({ ring: standing, action }) => standing === 'in' && action === 'none')
  say('  Two more under suspension, and one merge for both.')
  ring.tool('suspend')
  await Promise.all([4, 5].map((server) => ring.start(server)))
  ring.tool('status')
  ring.tool('nosuspend', '--wait')
  await Promise.all(
    [4, 5].map((server) => ring.until(server, ({ ring: standing, action }) => standing === 'in' && action === 'none')),
  )
  say('  One goes.')
  ring.tool('serviceout', ring.nameOf(2), '--wait')
  ring.tool('status')
}

ready()
buildApps()
await walk('By hand (AUTOMERGE = no)', { DOMERGE: 'yes', AUTOMERGE: 'no' }, byHand)
await walk('By itself (AUTOMERGE = yes)', { DOMERGE: 'yes', AUTOMERGE: 'yes' }, byItself)
process.exit()
