// What `npm run bench` measures, each case with its goal. A row: name, what, value, unit, goal, met.
import { spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'
import { operateCase } from './operate.mjs'
import { quickstartCase } from './quickstart.mjs'
import { relayMemoryCase } from './relay-memory.mjs'
import { measured, openStage, temporaryRing, Worker } from './ring.mjs'
import { atLeast, atMost, median, mega, noGoal } from './row.mjs'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const runMs = 1_000

/** Round trips as a share of the framed echo's, by `ring-bench speed`, which compares every reply. */
function echoCases(size, goals) {
  return ({ runs, tell }) => {
    tell('ring-bench speed: rings and the framed echo in turn')
    const words = ['speed', '--json', '--runs', String(runs), '--duration', '1s', '--size', String(size)]
    const ring = spawnSync(process.execPath, [join(root, 'apps/bench/dist/main.js'), ...words], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
      maxBuffer: 64 * 1_024 * 1_024,
    })
    const { cases, ok } = JSON.parse(ring.stdout)
    if (!ok) throw new Error('a reply was wrong, or a request unaccounted for')
    return cases.map((one) => ({
      name: `${one.layout}, ${one.inFlight} in flight, ${size} B`,
      unit: 'of the echo',
      ...atLeast(one.ratio, goals[one.layout][one.inFlight]),
      note: `${Math.round(one.perSecond)}/s, ${one.cpuMicrosPerRoundTrip.toFixed(2)} us CPU; echo ${Math.round(one.baselinePerSecond)}/s, ${one.baselineCpuMicrosPerRoundTrip.toFixed(2)} us`,
      runs: one.ratios,
    }))
  }
}

/** Bodies of 16 KiB, 100 KiB and 1 MiB: each beside the echo with bodies of that size. */
async function largeCase(context) {
  const rows = []
  for (const size of [16_384, 102_400, 1_048_576])
    rows.push(...(await echoCases(size, { embedded: { 16: 0.8 } })(context)))
  return rows
}

/** The same load on two stages in turn: what the second has of the first. */
async function compared(stages, given, { runs, tell }) {
  const ratios = []
  const cpu = []
  for (let run = 0; run < runs; run++) {
    tell(`run ${run + 1} of ${runs}`)
    const results = []
    for (const [place, stage] of stages.entries()) {
      const what = Array.isArray(given) ? given[place] : given
      await measured(stage, 'requests', { ...what, ms: 300 })
      results.push(await measured(stage, 'requests', { ...what, ms: runMs }))
    }
    ratios.push(results[1].perSecond / results[0].perSecond)
    cpu.push(results.map(({ cpuMicros }) => cpuMicros))
  }
  const [before, after] = [0, 1].map((at) => median(cpu.map((one) => one[at])))
  return { ratios, note: `CPU ${before.toFixed(2)} us without, ${after.toFixed(2)} us with` }
}

async function withStages(kinds, work) {
  const stages = []
  try {
    for (const [layout, options] of kinds) stages.push(await openStage(layout, options))
    return await work(stages)
  } finally {
    for (const stage of stages) await stage.close()
  }
}

function tlsCase(layout) {
  return (context) =>
    withStages([[layout], [layout, { tls: true }]], async (stages) => {
      const { ratios, note } = await compared(stages, { inFlight: 64 }, context)
      const name = `TLS, ${layout}, 64 in flight`
      return [{ name, unit: 'of plain', ...atLeast(median(ratios), 0.7), note, runs: ratios }]
    })
}

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

function traceCase(context) {
  return withStages([['embedded']], async ([stage]) => {
    const given = [{ inFlight: 64 }, { inFlight: 64, trace: traceparent }]
    const { ratios, note } = await compared([stage, stage], given, context)
    const name = 'trace context in each request, embedded, 64 in flight'
    return [{ name, unit: 'of untraced', ...noGoal(median(ratios)), note, runs: ratios }]
  })
}

function postCase({ runs, tell }) {
  return withStages([['embedded']], async ([stage]) => {
    const results = []
    for (let run = 0; run < runs; run++) {
      tell(`run ${run + 1} of ${runs}`)
      await measured(stage, 'posts', { ms: 300 })
      const before = await stage.workers.at(-1).ask('served')
      const result = await measured(stage, 'posts', { ms: runMs })
      const served = (await stage.workers.at(-1).ask('served')) - before
      if (served !== result.count) throw new Error(`${result.count} acknowledged, ${served} received`)
      results.push(result)
    }
    const rates = results.map(({ perSecond }) => perSecond)
    const cpu = median(results.map(({ cpuMicros }) => cpuMicros))
    const name = 'posts of 100 B, embedded, counted at the receiver'
    return [
      { name, unit: '/s', ...atLeast(median(rates), 1_000_000), note: `${cpu.toFixed(2)} us CPU each`, runs: rates },
    ]
  })
}

async function daemonCase({ runs, tell }) {
  const starts = []
  const bare = []
  let idle
  for (let run = 0; run < runs; run++) {
    tell(`start ${run + 1} of ${runs}`)
    const ring = await temporaryRing()
    bare.push(nodeAloneMs())
    const startMs = performance.now()
    const words = [join(root, 'apps/node/dist/main.js'), 'run', '--config', ring.configuration]
    const daemon = spawn(process.execPath, [...words, '--ctlport', String(ring.ctlPort)], { stdio: 'ignore' })
    const ended = new Promise((resolve) => daemon.once('exit', resolve))
    try {
      await Promise.race([connected(ring.port), ended.then(() => Promise.reject(new Error('the daemon ended')))])
      starts.push(performance.now() - startMs)
      if (run === runs - 1) idle = await idleOf(daemon.pid, tell)
    } finally {
      daemon.kill()
      await ended
      ring.remove()
    }
  }
  const over = starts.map((ms, run) => ms - bare[run])
  const note = `Node alone ${Math.round(median(bare))} ms; the differences of the runs`
  return [
    { name: 'daemon: from spawn to the first connect', unit: 'ms', ...noGoal(median(starts)), runs: starts },
    { name: 'the same, over Node alone', unit: 'ms', ...atMost(median(over), 130), note, runs: over },
    { name: 'daemon: memory, idle', unit: 'MB RSS', ...atMost(idle.megabytes, 90) },
    { name: 'daemon: processor, idle', unit: '% of one', ...atMost(idle.percent, 0.5), note: 'over 20 s' },
  ]
}

/** What any program of Node takes to start and end at this moment. */
function nodeAloneMs() {
  const startMs = performance.now()
  spawnSync(process.execPath, ['-e', '0'], { stdio: 'ignore' })
  return performance.now() - startMs
}

async function connected(port) {
  for (;;) {
    const socket = connect(port, '127.0.0.1')
    const isOpen = await new Promise((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    })
    socket.destroy()
    if (isOpen) return
    await pause(3)
  }
}

/** Linux: from /proc, in hundredths of a second. */
async function idleOf(pid, tell) {
  const idleMs = 20_000
  tell('idle for 20 s')
  const ticks = () => {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return Number(fields[11]) + Number(fields[12])
  }
  // What the start left behind is collected first.
  await pause(10_000)
  const before = ticks()
  await pause(idleMs)
  const percent = ((ticks() - before) * 10 * 100) / idleMs
  const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1')) ?? []
  return { percent, megabytes: Number(kilobytes) / 1_024 }
}

const warmUpMessages = 200_000
const messages = 10_000_000

function memoryCase({ tell }) {
  return withStages([['embedded']], async ([stage]) => {
    await stage.client.ask('requests', { total: warmUpMessages, inFlight: 64 })
    await stage.client.ask('posts', { total: warmUpMessages })
    /** @type {Record<string, { rss: number, heap: number }[]>} */
    const points = { client: [], server: [] }
    for (let million = 1; million <= messages / 1_000_000; million++) {
      // Half of them with an answer.
      await stage.client.ask('requests', { total: 500_000, inFlight: 64 })
      await stage.client.ask('posts', { total: 500_000 })
      const [client, server] = await Promise.all(stage.workers.map((worker) => worker.ask('memory')))
      points.client.push(client)
      points.server.push(server)
      const text = [client, server]
        .map(({ rss, heap, external }) => `${mega(rss)} MB RSS, ${mega(heap)} MB heap, ${mega(external)} MB outside`)
        .join('; server ')
      tell(`${million} million: client ${text}`, true)
    }
    return ['client', 'server'].map((side) => {
      const slopes = ['heap', 'rss'].map((kind) => slopeOf(points[side].map((point) => point[kind] / 1_048_576)))
      const note = `RSS ${slopes[1].toFixed(2)} MB a million; ${points[side].map(({ rss }) => mega(rss)).join(' ')} MB`
      const name = `memory over ${messages / 1_000_000} million messages, ${side}`
      return { name, unit: 'MB heap a million', ...atMost(slopes[0], 0.1), note }
    })
  })
}

/** Of the line with the least squares through the points. */
function slopeOf(values) {
  const middle = (values.length - 1) / 2
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const above = values.reduce((sum, value, at) => sum + (at - middle) * (value - mean), 0)
  return above / values.reduce((sum, _, at) => sum + (at - middle) ** 2, 0)
}

const programCount = 1_000
const slaveCount = 100
const processCount = 4
const eachAsks = 100

async function manyCase({ tell }) {
  const ring = await temporaryRing({ slaves: slaveCount })
  const { configuration, ctlPort, slavePorts } = ring
  const server = new Worker()
  const workers = []
  try {
    const [runtimeDirectory] = await server.ask('node', { configuration, ctlPort })
    await server.ask('embed', { role: 'server' })
    const open = async (...steps) => {
      const worker = new Worker()
      workers.push(worker)
      for (const [order, given] of steps) await worker.ask(order, given)
    }
    tell(`${slaveCount} slaves in ${processCount} processes`)
    const count = slaveCount / processCount
    for (let at = 0; at < processCount; at++) {
      const slaves = { configuration, ctlPorts: slavePorts.slice(at * count, (at + 1) * count) }
      await open(['node', slaves], ['embed', { role: 'client' }], ['reach'])
    }
    tell(`${programCount} programs in ${processCount} processes`)
    const attach = { runtimeDirectory, role: 'client', count: programCount / processCount }
    await Promise.all(Array.from({ length: processCount }, () => open(['attach', attach], ['reach'])))
    const [attached] = await server.ask('attached')
    const before = await server.ask('served')
    tell(`each asks ${eachAsks} times`)
    // Four at a time each: more than the credit of the one program that serves would be refused, as promised.
    const loads = workers.map((worker, at) => ({ worker, programs: at < processCount ? count : attach.count }))
    const asked = []
    for (const { worker, programs } of loads) {
      asked.push((await worker.ask('requests', { total: programs * eachAsks, inFlight: 4 })).count)
    }
    const all = await Promise.all(
      loads.map(({ worker }) => worker.ask('requests', { total: 1_000, inFlight: 1 }).then((r) => r.count)),
    )
    const answered = [...asked, ...all].reduce((sum, one) => sum + one, 0)
    const served = (await server.ask('served')) - before
    const wanted = (programCount + slaveCount) * eachAsks + 1_000 * workers.length
    const lost = wanted - Math.min(answered, served)
    const { rss } = await server.ask('memory')
    return [
      {
        name: `${attached - 1} programs and ${slaveCount} slaves on one server: lost`,
        unit: `of ${wanted}`,
        ...atMost(lost, 0),
        note: `${answered} answered, ${served} served, server ${mega(rss)} MB RSS`,
      },
    ]
  } finally {
    for (const worker of [...workers, server]) await worker.end()
    ring.remove()
  }
}

export const cases = {
  echo: echoCases(128, { 'four-process': { 1: 0.24, 64: 0.16 }, embedded: { 1: 0.8, 64: 0.5 } }),
  large: largeCase,
  quickstart: quickstartCase,
  'relay-memory': relayMemoryCase,
  posts: postCase,
  'tls-four': tlsCase('four-process'),
  'tls-embedded': tlsCase('embedded'),
  trace: traceCase,
  daemon: daemonCase,
  many: manyCase,
  memory: memoryCase,
  operate: operateCase,
}
