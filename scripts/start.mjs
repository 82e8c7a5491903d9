// npm start: a ring of three servers and a slave on this machine, real messages through it, and a report.
// The ring stays up until Ctrl-C; with --once it ends after the report.
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { get } from 'node:http'
import { dirname, join, relative } from 'node:path'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { styleText } from 'node:util'
import { buildApps } from './build-apps.mjs'
import { ready } from './ready.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const examples = join(root, 'examples', 'quickstart')
const runtime = join(root, '.ring', 'quickstart')
const logs = join(runtime, 'logs')
const nodeApp = join(root, 'apps', 'node', 'dist', 'main.js')
const benchApp = join(root, 'apps', 'bench', 'dist', 'main.js')
const once = process.argv.includes('--once')
const seconds = 3

const slaveText = readFileSync(join(examples, 'slave.json-string'), 'utf8').trim()
const nodes = [
  { label: 'server A', form: 'INI', configuration: join(examples, 'server-a.ini'), http: 18023 },
  { label: 'server B', form: 'YAML', configuration: join(examples, 'server-b.yaml'), http: 18033 },
  { label: 'server C', form: 'JSON', configuration: join(examples, 'server-c.json'), http: 18043 },
  { label: 'slave', form: 'JSON string', configuration: slaveText, http: 18053 },
]

const running = new Set()
let ending = false
/** From here on the visitor is invited to break things: a child that ends is no error any more. */
let isUp = false

function say(text = '') {
  process.stdout.write(`${text}\n`)
}
const bold = (text) => styleText('bold', text)
const dim = (text) => styleText('dim', text)

/** Starts a child whose end, before ours, is an error; its standard error is kept to say why. */
function start(label, args, stdio = ['ignore', 'ignore', 'pipe']) {
  const child = spawn(process.execPath, args, { cwd: root, stdio })
  let words = ''
  child.stderr?.on('data', (bytes) => (words = `${words}${bytes}`.slice(-4000)))
  running.add(child)
  child.on('exit', (code, signal) => {
    running.delete(child)
    if (ending) return
    if (isUp) {
      say(dim(`  ${label} ended (${signal ?? `exit code ${code}`}); the ring goes on`))
      return
    }
    process.stderr.write(`\n${label} ended (exit code ${code}).\n${words}`)
    void end(1)
  })
  return child
}

function fetchText(port, path) {
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

async function untilReady(node, sinceMs) {
  for (let tries = 0; tries < 600; tries++) {
    if (ending) return
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
  await end(1)
}

/** Waits until a program is attached to the node: a request that comes before would find nobody. */
async function untilAttached(node) {
  for (let tries = 0; tries < 300 && !ending; tries++) {
    const { body } = await fetchText(node.http, '/metrics')
    if (/^ring_programs [1-9]/m.test(body)) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** Ends every child in order, programs before nodes, and then this process. */
async function end(code) {
  if (ending) return
  ending = true
  const children = [...running].reverse()
  for (const child of children) child.kill('SIGTERM')
  const gone = Promise.all(
    children.map(
      (child) => new Promise((resolve) => (child.exitCode === null ? child.once('exit', resolve) : resolve())),
    ),
  )
  await Promise.race([gone, new Promise((resolve) => setTimeout(resolve, 8000))])
  for (const child of running) child.kill('SIGKILL')
  process.exit(code)
}

function picture() {
  say(`
      client program            ${dim('ring-bench --client')}
            |  UNIX socket
        slave node              ${dim('JSON string')}
        /   |   \\   TCP
  server A  server B  server C  ${dim('INI, YAML, JSON: one ring, partitions and replicas agreed by a majority')}
      |         |         |     UNIX socket
   program   program   program  ${dim('ring-bench --server')}
`)
}

function nextSteps() {
  const place = (path) => relative(root, path)
  say(`
${bold('The ring is up until Ctrl-C.')} Try, in another terminal:

  curl localhost:18053/readyz                     what the slave sees
  curl localhost:18023/metrics                    the first server's numbers
  pkill -9 -f 'run --config.*server-b'            kill the second server; then ask /readyz again
  node apps/node/dist/main.js run --config ${place(join(examples, 'server-b.yaml'))}
                                                  bring it back
  pkill -STOP -f 'run --config.*server-c'         hang the third one; -CONT wakes it
  node apps/bench/dist/main.js --client --config "$(cat ${place(join(examples, 'slave.json-string'))})" --duration 30s
                                                  load while you break things; the report counts every request once
  tail -f ${place(logs)}/*.log                what the nodes say
`)
}

async function main() {
  ready()
  buildApps()
  rmSync(runtime, { recursive: true, force: true })
  mkdirSync(logs, { recursive: true, mode: 0o700 })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void end(0))

  say(bold('Starting a ring of three servers and a slave'))
  const sinceMs = performance.now()
  for (const node of nodes) {
    const log = join(logs, `${node.label.replace(' ', '-').toLowerCase()}.log`)
    start(node.label, [nodeApp, 'run', '--config', node.configuration, '--log-file', log])
  }
  for (const node of nodes) await untilReady(node, sinceMs)
  if (ending) return
  picture()

  for (const { label, configuration } of nodes.slice(0, 3)) {
    start(`the program of ${label}`, [benchApp, '--server', '--config', configuration])
  }
  for (const node of nodes.slice(0, 3)) await untilAttached(node)
  if (ending) return
  say(bold(`Sending keyed requests through the slave for ${seconds} s`))
  const client = [
    benchApp,
    '--client',
    '--config',
    slaveText,
    '--in-flight',
    '16',
    '--size',
    '128',
    '--duration',
    `${seconds}s`,
  ]
  const code = await new Promise((resolve) => {
    const child = spawn(process.execPath, client, { cwd: root, stdio: 'inherit' })
    running.add(child)
    child.on('exit', (status) => {
      running.delete(child)
      resolve(status ?? 1)
    })
  })
  if (ending) return
  if (once || code !== 0) return end(code)
  isUp = true
  nextSteps()
}

await main()
