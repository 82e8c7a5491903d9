// npm run bench:beside: round trips as people make them, beside NATS and Redis on this machine.
//   --runs N (5); --ms N (2000), for each run; --json
// Their servers must be on the PATH (nats-server, redis-server); one that is not there is left out. Their clients are
// installed from the npm registry into a temporary folder, at the versions that stand here.
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { freePorts, openStage } from '../bench/ring.mjs'
import { buildApps } from '../build-apps.mjs'
import { install } from '../pack.mjs'
import { ready } from '../ready.mjs'
import { Peer } from './peer.mjs'

const clients = { nats: 'nats@2.29.3', redis: 'redis@6.3.1' }
const loads = [1, 64]

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '5' },
    ms: { type: 'string', default: '2000' },
    json: { type: 'boolean' },
  },
})
const runs = Number(values.runs)
const ms = Number(values.ms)
const isThere = (command) => spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0
const median = (list) => [...list].sort((one, other) => one - other)[Math.floor(list.length / 2)]

/** Ring as four processes: program, slave, server, program. */
async function ring() {
  const stage = await openStage('four')
  return {
    name: 'Ring, four processes: program, slave node, server node, program',
    ask: (inFlight) => stage.client.ask('requests', { ms, inFlight }),
    close: () => stage.close(),
  }
}

/** Ring inside the two programs. */
async function embedded() {
  const stage = await openStage('embedded')
  return {
    name: 'Ring, two processes: the nodes are inside the programs',
    ask: (inFlight) => stage.client.ask('requests', { ms, inFlight }),
    close: () => stage.close(),
  }
}

async function nats(folder) {
  const [port] = await freePorts(1)
  const server = spawn('nats-server', ['-a', '127.0.0.1', '-p', String(port)], { stdio: 'ignore' })
  const answerer = await Peer.start(folder, 'nats-answer', port)
  const asker = await Peer.start(folder, 'nats-ask', port)
  return {
    name: 'NATS request-reply, three processes: program, nats-server, program',
    ask: (inFlight) => asker.ask({ ms, inFlight }),
    close: () => end([asker, answerer], server),
  }
}

async function redis(folder) {
  const [port] = await freePorts(1)
  const words = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
  const server = spawn('redis-server', words, { stdio: 'ignore' })
  const answerer = await Peer.start(folder, 'redis-answer', port)
  const asker = await Peer.start(folder, 'redis-ask', port)
  return {
    name: 'Redis, a request and a reply through two lists (LPUSH, BRPOP), three processes',
    ask: (inFlight) => asker.ask({ ms, inFlight }),
    close: () => end([asker, answerer], server),
  }
}

function end(peers, server) {
  for (const peer of peers) peer.end()
  server.kill('SIGTERM')
  return Promise.resolve()
}

ready()
buildApps()
const folder = mkdtempSync(join(tmpdir(), 'ring-beside-'))
const results = []
try {
  const wanted = Object.keys(clients).filter((name) => isThere(`${name}-server`))
  for (const name of Object.keys(clients))
    if (!wanted.includes(name)) process.stderr.write(`${name}-server is not here; left out\n`)
  install(
    folder,
    wanted.map((name) => clients[name]),
  )
  const kinds = [
    ring,
    embedded,
    ...(wanted.includes('nats') ? [nats] : []),
    ...(wanted.includes('redis') ? [redis] : []),
  ]
  const load = loadavg()
    .map((one) => one.toFixed(1))
    .join(' ')
  if (!values.json)
    process.stdout.write(`${availableParallelism()} cores, Node ${process.version}, load average ${load}, 128 B\n\n`)
  for (const inFlight of loads) {
    /** @type {Map<string, number[]>} */
    const rates = new Map()
    // In turn, so that an hour of the machine is everybody's.
    for (let run = 0; run < runs; run++) {
      for (const open of kinds) {
        const one = await open(folder)
        await one.ask(inFlight)
        const { count, seconds } = await one.ask(inFlight)
        rates.set(one.name, [...(rates.get(one.name) ?? []), count / seconds])
        await one.close()
      }
      process.stderr.write(`${inFlight} in flight: run ${run + 1} of ${runs}\n`)
    }
    for (const [name, list] of rates) {
      results.push({ name, inFlight, perSecond: Math.round(median(list)), runs: list.map(Math.round) })
      const range = `${Math.round(Math.min(...list))} to ${Math.round(Math.max(...list))}`
      if (!values.json)
        process.stdout.write(
          `${String(inFlight).padStart(3)} in flight  ${String(Math.round(median(list))).padStart(7)}/s  (${range})  ${name}\n`,
        )
    }
  }
  if (values.json) process.stdout.write(`${JSON.stringify(results, undefined, 2)}\n`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
