import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, watch } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { CompareReport } from './core/compare.ts'
import type { ClientReport, ServerReport } from './core/report.ts'
import type { SpeedReport } from './core/speed-report.ts'
import { type Entry, WorkerProcess } from './process/worker-process.ts'
import { type TemporaryRing, temporaryRing, temporaryRingPrefix } from './ring/temporary-ring.ts'

const bundled = process.env['RING_TEST_BENCH']
/** As one file where the run of tests has made it, else module by module. */
const entry: Entry =
  bundled === undefined
    ? {
        script: fileURLToPath(new URL('main.ts', import.meta.url)),
        execArgv: ['--conditions=@ring/source', '--import', 'tsx'],
      }
    : { script: bundled, execArgv: [] }

interface Bench {
  readonly pid: number
  /** Resolves when it says this on stderr, from now on. */
  says(pattern: RegExp): Promise<void>
  readonly ended: Promise<{ readonly code: number | null; readonly out: string; readonly err: string }>
  signal(name: NodeJS.Signals): void
}

/** `ring-bench` with these words, as a process. */
function bench(...words: readonly string[]): Bench {
  return benchWith({}, ...words)
}

function benchWith(environment: Readonly<Record<string, string>>, ...words: readonly string[]): Bench {
  const env = { ...process.env, ...environment }
  const child = spawn(process.execPath, [...entry.execArgv, entry.script, ...words], { env })
  let [out, err] = ['', '']
  child.stdout.on('data', (text) => (out += String(text)))
  child.stderr.on('data', (text) => (err += String(text)))
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, out, err }))
  const says = (pattern: RegExp) => {
    const from = err.length
    return new Promise<void>((resolve) => {
      child.stderr.on('data', () => {
        if (pattern.test(err.slice(from))) resolve()
      })
      child.on('close', () => resolve())
    })
  }
  return { pid: child.pid ?? 0, says, ended, signal: (name) => child.kill(name) }
}

const clientOf = ({ slave }: TemporaryRing) => ['--config', slave.configuration, '--ctl-port', String(slave.ctlPort)]
const serverOf = ({ server }: TemporaryRing) => ['--config', server.configuration, '--ctl-port', String(server.ctlPort)]
const reportOf = (out: string) => JSON.parse(out) as ClientReport

let ring: TemporaryRing
let nodes: WorkerProcess[] = []

beforeAll(async () => {
  ring = await temporaryRing()
  nodes = [
    await WorkerProcess.open(entry, { kind: 'node', node: ring.server }),
    await WorkerProcess.open(entry, { kind: 'node', node: ring.slave }),
  ]
}, 60_000)

afterAll(async () => {
  for (const node of nodes) await node.close()
  await ring.remove()
})

test('A4: the walk-through: one message there and back, then HUP ends the server program with its counts', async () => {
  const chmpx = ['-ta', '-dl', '128', '-pr', '-g', 'err', '-dummykey', 'TEST', '-proccnt', '1', '-threadcnt', '1']
  const server = bench('-s', ...serverOf(ring), '-l', '0', ...chmpx)
  // Sent again until the server program is there.
  const client = await bench('-c', ...clientOf(ring), '-l', '1', '--idempotent', '--deadline', '20s', ...chmpx).ended
  expect(client).toMatchObject({ code: 0, err: '' })
  expect(client.out).toMatch(/^Send : ring-bench \d+ 0 TEST 000000000001/)
  expect(client.out).toMatch(/Total error count\s+0\n/)
  server.signal('SIGHUP')
  const ended = await server.ended
  expect(ended).toMatchObject({ code: 0, err: '' })
  expect(ended.out).toMatch(/^Receive : ring-bench \d+ 0 TEST 000000000001/)
  expect(ended.out).toContain('served                 1 in')
}, 60_000)

test('A4: two processes, a longer reply, JSON: every request counted once, every process found', async () => {
  const server = bench('--server', ...serverOf(ring), '--size', '300', '--json')
  const words = ['--processes', '2', '--in-flight', '8', '--loops', '200', '--warm-up', '300ms', '--json']
  const client = await bench('--client', ...clientOf(ring), ...words, '--idempotent', '--deadline', '20s').ended
  expect(client).toMatchObject({ code: 0, err: '' })
  const report = reportOf(client.out)
  expect(report).toMatchObject({ ok: true, requests: { sent: 3_200, replied: 3_200, wrong: 0, unaccounted: 0 } })
  const found = report.cpu.counted.map(({ pid }) => pid)
  expect(found).toEqual(expect.arrayContaining([...nodes.map(({ pid }) => pid), server.pid]))
  server.signal('SIGTERM')
  const served = JSON.parse((await server.ended).out) as ServerReport
  expect(served.requests).toBeGreaterThanOrEqual(3_200)
}, 60_000)

test('A4: without anybody to serve, each request is counted as not delivered, and INT ends the client in order', async () => {
  const client = bench('--client', ...clientOf(ring), '--in-flight', '4', '--json', '--progress')
  await client.says(/ [1-9]\d* errors/)
  client.signal('SIGINT')
  const { code, out } = await client.ended
  const { requests, errors } = reportOf(out)
  expect(code).toBe(0)
  expect(requests.notDelivered).toBe(requests.sent)
  expect(Object.keys(errors)).toEqual(['RING_NOT_DELIVERED_NO_PROGRAM'])
}, 60_000)

test('A4: a node that is not there is a clear error', async () => {
  const other = await temporaryRing()
  const { code, err, out } = await bench('--client', ...clientOf(other), '--wait', '300ms').ended
  await other.remove()
  expect({ code, out }).toEqual({ code: 69, out: '' })
  expect(err).toContain('No node can be reached at')
  expect(await bench('--client', '--config', '/nowhere/ring.ini').ended).toMatchObject({ code: 78, out: '' })
  expect(await bench('--clinet').ended).toMatchObject({ code: 2, out: '' })
}, 60_000)

test('A4: embedded on both sides, and a server that is killed and comes back: every request ends, none wrongly', async () => {
  const own = await temporaryRing()
  const first = bench('--server', ...serverOf(own), '--embedded')
  const client = bench('--client', ...clientOf(own), '--embedded', '--in-flight', '8', '--json', '--progress')
  await client.says(/ [1-9][\d ]* done/)
  first.signal('SIGKILL')
  await first.ended
  await client.says(/ 0\/s .* [1-9][\d ]* errors/)
  const second = bench('--server', ...serverOf(own), '--embedded', '--json')
  await client.says(/ s {2}[1-9][\d ]*\/s/)
  client.signal('SIGTERM')
  const { code, out } = await client.ended
  second.signal('SIGTERM')
  const served = JSON.parse((await second.ended).out) as ServerReport
  await own.remove()
  const { requests } = reportOf(out)
  expect({ code, wrong: requests.wrong, unaccounted: requests.unaccounted }).toEqual({
    code: 0,
    wrong: 0,
    unaccounted: 0,
  })
  expect(requests.replied).toBeGreaterThan(100)
  expect(requests.notDelivered + requests.maybeDelivered).toBeGreaterThan(0)
  expect(served.requests).toBeGreaterThan(0)
}, 60_000)

test('A4: speed starts rings of its own, measures both layouts in turn with the echo, and leaves nothing', async () => {
  // A folder of its own: in that of the machine other benches may be at work.
  const folder = mkdtempSync(join(tmpdir(), 'ring-speed-'))
  const words = ['speed', '--runs', '1', '--duration', '200ms', '--warm-up', '200ms', '--json']
  const seen = new Set<string>()
  const watcher = watch(folder, (_, name) => seen.add(String(name)))
  const speed = await benchWith({ TMPDIR: folder }, ...words).ended
  watcher.close()
  expect(speed).toMatchObject({ code: 0, err: '' })
  const { cases, ok } = JSON.parse(speed.out) as SpeedReport
  expect(ok).toBe(true)
  expect([...seen].some((name) => name.startsWith(temporaryRingPrefix))).toBe(true)
  expect(readdirSync(folder).filter((name) => name.startsWith(temporaryRingPrefix))).toEqual([])
  rmSync(folder, { recursive: true })
  expect(cases.map(({ layout, inFlight, goal }) => `${layout} ${inFlight} ${goal}`)).toEqual([
    'four-process 1 0.24',
    'four-process 64 0.16',
    'embedded 1 0.8',
    'embedded 64 0.5',
  ])
  for (const one of cases) expect(Math.min(one.ratio, one.perSecond, one.cpuMicrosPerRoundTrip)).toBeGreaterThan(0)
}, 60_000)

test('A4: the processes of a bench end with it, however it ends', async () => {
  const words = ['--processes', '2', '--progress', '--cpu-pids', String(process.pid)]
  const server = bench('--server', ...serverOf(ring), ...words)
  await server.says(/ done/)
  const report = bench('--client', ...clientOf(ring), '--duration', '500ms', '--json')
  const counted = reportOf((await report.ended).out).cpu.counted.filter(({ what }) => what === 'server program')
  expect(counted).toHaveLength(3)
  server.signal('SIGKILL')
  await server.ended
  const isAlive = ({ pid }: { readonly pid: number }) => existsSync(`/proc/${pid}`)
  await vi.waitUntil(() => !counted.some(isAlive), { timeout: 10_000 })
}, 60_000)

test('A4: an open load keeps its rate, and its page and saved report can be looked at and compared', async () => {
  const server = bench('--server', ...serverOf(ring))
  const [page, saved] = [`${ring.directory}/report.html`, `${ring.directory}/report.json`]
  const words = ['--rate', '200', '--size', '64:1,1KiB:1', '--duration', '2s', '--idempotent', '--deadline', '20s']
  const files = ['--report', page, '--save', saved, '--json']
  const client = bench('--client', ...clientOf(ring), ...words, ...files, '--progress')
  await client.says(/ [1-9][\d ]* done/)
  client.signal('SIGUSR2')
  const { code, out } = await client.ended
  server.signal('SIGTERM')
  await server.ended
  const report = reportOf(out)
  expect(code).toBe(0)
  expect(report).toMatchObject({ open: { perSecond: 200, unsent: 0 }, requests: { sent: 400, replied: 400, wrong: 0 } })
  expect(report.runs[0]!.marks).toContainEqual({ seconds: expect.any(Number) as number, text: 'mark 1' })
  expect(report.runs[0]!.timeline!.repliesPerSecond.length).toBeGreaterThan(15)
  expect(readFileSync(page, 'utf8').match(/<svg/g)).toHaveLength(3)
  const compared = await bench('compare', saved, saved, '--json').ended
  const { differences, figures } = JSON.parse(compared.out) as CompareReport
  expect(differences).toEqual([])
  expect(figures.find(({ what }) => what === 'throughput')?.ratio).toBe(1)
  expect(await bench('compare', saved, page).ended).toMatchObject({ code: 2, out: '' })
}, 60_000)
