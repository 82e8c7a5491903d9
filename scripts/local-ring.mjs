// A ring of three servers and a slave on this machine, as processes of this script: for npm start and npm run demo.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { get } from 'node:http'
import { createServer } from 'node:net'
import { dirname, join, relative } from 'node:path'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { styleText } from 'node:util'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))
export const examples = join(root, 'examples', 'quickstart')
const runtime = join(root, '.ring', 'quickstart')
export const logs = join(runtime, 'logs')
const nodeApp = join(root, 'apps', 'node', 'dist', 'main.js')
const benchApp = join(root, 'apps', 'bench', 'dist', 'main.js')

const slaveText = readFileSync(join(examples, 'slave.json-string'), 'utf8').trim()
export const nodes = [
  { label: 'server A', form: 'INI', configuration: join(examples, 'server-a.ini'), http: 18023 },
  { label: 'server B', form: 'YAML', configuration: join(examples, 'server-b.yaml'), http: 18033 },
  { label: 'server C', form: 'JSON', configuration: join(examples, 'server-c.json'), http: 18043 },
  { label: 'slave', form: 'JSON string', configuration: slaveText, http: 18053 },
]
export const servers = nodes.slice(0, 3)
export const slave = nodes[3]

export function say(text = '') {
  process.stdout.write(`${text}\n`)
}
export const bold = (text) => styleText('bold', text)
export const dim = (text) => styleText('dim', text)
export const good = (text) => styleText('green', text)
export const bad = (text) => styleText('red', text)

export function fetchText(port, path) {
  return new Promise((resolve) => {
    const request = get({ host: '127.0.0.1', port, path, timeout: 500 }, (response) => {
      let body = ''
      response.on('data', (bytes) => (body += bytes))
      response.on('end', () => resolve({ status: response.statusCode, body }))
    })
    request.on('error', () => resolve({ status: 0, body: '' }))
    request.on('timeout', () => request.destroy())
  })
}

/**
 * Its ports are fixed, for people to type: there is room for one such ring on a machine. Whoever holds this port has it, and
 * the system gives it back when the process ends, however it does.
 */
const claimedPort = 18019

async function claimMachine() {
  const claim = createServer((socket) => socket.destroy())
  claim.listen(claimedPort, '127.0.0.1')
  await once(claim, 'listening').catch((error) => {
    process.stderr.write(
      error.code === 'EADDRINUSE'
        ? `A ring of npm start or npm run demo runs on this machine already (it holds port ${claimedPort}). End it with Ctrl-C in its terminal, then try again.\n`
        : `Port ${claimedPort} of 127.0.0.1 cannot be had: ${error.message}\n`,
    )
    process.exit(1)
  })
  claim.unref()
}

export class LocalRing {
  #running = new Set()
  #ending = false
  /** A child that ends is an error until somebody is invited to break things, or does. */
  toleratesEnds = false

  get isEnding() {
    return this.#ending
  }

  /** All four nodes, ready, with a program at each server. */
  async start() {
    await claimMachine()
    rmSync(runtime, { recursive: true, force: true })
    mkdirSync(logs, { recursive: true, mode: 0o700 })
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void this.end(0))
    say(bold('Starting a ring of three servers and a slave'))
    const sinceMs = performance.now()
    for (const node of nodes) this.startNode(node)
    for (const node of nodes) await this.#untilReady(node, sinceMs)
    for (const server of servers) this.startProgram(server)
    for (const server of servers) await this.#untilAttached(server)
  }

  startNode(node) {
    const log = join(logs, `${node.label.replace(' ', '-').toLowerCase()}.log`)
    node.child = this.#start(node.label, [nodeApp, 'run', '--config', node.configuration, '--log-file', log])
  }

  startProgram({ label, configuration }) {
    return this.#start(`the program of ${label}`, [benchApp, '--server', '--config', configuration])
  }

  /**
   * The load tester at the slave; resolves with its exit code and, where it is not inherited, its standard output.
   *
   * @param {string[]} args
   * @param {'inherit' | 'pipe'} stdout
   */
  load(args, stdout = 'inherit') {
    const child = spawn(process.execPath, [benchApp, '--client', '--config', slaveText, ...args], {
      cwd: root,
      stdio: ['ignore', stdout, 'inherit'],
    })
    this.#running.add(child)
    let printed = ''
    child.stdout?.on('data', (bytes) => (printed += bytes))
    return new Promise((resolve) => {
      child.on('exit', (status) => {
        this.#running.delete(child)
        resolve({ code: status ?? 1, printed })
      })
    })
  }

  /** Ends every child in order, programs before nodes, and then this process. */
  async end(code) {
    if (this.#ending) return
    this.#ending = true
    const children = [...this.#running].reverse()
    for (const child of children) child.kill('SIGTERM')
    const gone = Promise.all(
      children.map(
        (child) =>
          new Promise((resolve) => (child.exitCode === null ? child.once('exit', resolve) : resolve(undefined))),
      ),
    )
    await Promise.race([gone, new Promise((resolve) => setTimeout(resolve, 8000))])
    for (const child of this.#running) child.kill('SIGKILL')
    process.exit(code)
  }

  /** Starts a child; its standard error is kept to say why it ended. */
  #start(label, args) {
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] })
    let words = ''
    child.stderr.on('data', (bytes) => (words = `${words}${bytes}`.slice(-4000)))
    this.#running.add(child)
    child.on('exit', (code, signal) => {
      this.#running.delete(child)
      if (this.#ending) return
      if (this.toleratesEnds) {
        say(dim(`  ${label} ended (${signal ?? `exit code ${code}`}); the ring goes on`))
        return
      }
      process.stderr.write(`\n${label} ended (exit code ${code}).\n${words}`)
      void this.end(1)
    })
    return child
  }

  async #untilReady(node, sinceMs) {
    for (let tries = 0; tries < 600; tries++) {
      if (this.#ending) return
      const { status, body } = await fetchText(node.http, '/readyz')
      if (status === 200) {
        const { node: name, members } = JSON.parse(body)
        const took = `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`
        say(
          `  ${node.label.padEnd(9)} ${String(name).padEnd(18)} ${node.form.padEnd(12)} sees ${members.length} servers ${dim(took)}`,
        )
        return
      }
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    process.stderr.write(`${node.label} did not get ready in a minute; its log is in ${relative(root, logs)}.\n`)
    await this.end(1)
  }

  /** Waits until a program is attached to the node: a request that comes before would find nobody. */
  async #untilAttached(node) {
    for (let tries = 0; tries < 300 && !this.#ending; tries++) {
      const { body } = await fetchText(node.http, '/metrics')
      if (/^ring_programs\{role="server"\} [1-9]/m.test(body)) return
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}
