import { readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { attachProgram } from '@ring/messaging'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { DaemonProcess, fromModules, RingFiles } from './daemon-process.ts'

const open: { remove(): void }[] = []
const daemons: DaemonProcess[] = []

function files(...given: ConstructorParameters<typeof RingFiles>): RingFiles {
  const made = new RingFiles(...given)
  open.push(made)
  return made
}

function started(daemon: DaemonProcess): DaemonProcess {
  daemons.push(daemon)
  return daemon
}

afterEach(async () => {
  for (const daemon of daemons.splice(0)) {
    daemon.signal('SIGCONT')
    daemon.signal('SIGKILL')
    await daemon.ended
  }
  for (const one of open.splice(0)) one.remove()
})

/** Asks with a path that no proper client would send, and waits for the end of the connection. */
function raw(port: number, path: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () =>
      socket.end(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`),
    )
    socket.on('error', () => undefined)
    socket.on('close', () => resolve())
    socket.resume()
  })
}

/** Resolves once the health port answers. */
async function untilAnswered(port: number): Promise<void> {
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}/livez`).catch(() => undefined)
    if (answer?.ok === true) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

describe('U3: what a running node says of itself', () => {
  it('U3: for whom it waits, to its log and to `ring-node status`; and what to do where none runs', async () => {
    const ring = files(3)
    const one = started(ring.server(0))
    const directory = ring.runtimeDirectory(await one.event('node.started'))
    const others = ring.servers.slice(1).map(({ ctlPort }) => `127.0.0.1:${ctlPort}`)
    const { for: names, msg } = await one.event('node.waiting', ({ for: names }) => (names as string[]).length === 2)
    expect(names).toEqual(others)
    expect(msg).toBe(`waiting for 2 of 3 servers: ${others.join(', ')}`)
    const ask = (...args: readonly string[]) => started(new DaemonProcess(args)).ended
    const byConfiguration = ['--config', ring.configuration, '--ctlport', `${ring.servers[0]!.ctlPort}`]
    const waiting = await ask('status', ...byConfiguration)
    expect(waiting).toMatchObject({ code: 3, stderr: '' })
    expect(waiting.stdout).toContain(`waiting for 2 of 3 servers: ${others.join(', ')}\n`)
    started(ring.server(1))
    await one.event('node.ready')
    const ready = await ask('status', '--runtime-dir', directory, '--json')
    expect(ready.code).toBe(0)
    expect(JSON.parse(ready.stdout)).toMatchObject({ ready: true, waiting: null, pid: one.child.pid })
    expect((await ask('members', ...byConfiguration)).stdout).toContain('this node')
    expect(await ask('keys', ...byConfiguration)).toMatchObject({ code: 0, stdout: 'No group key is in use.\n' })
    expect(await ask('keys')).toMatchObject({ code: 2, stdout: '' })
    one.signal('SIGTERM')
    expect((await one.ended).code).toBe(0)
    const gone = await ask('status', '--runtime-dir', directory)
    expect(gone).toMatchObject({ code: 1, stdout: '' })
    expect(gone.stderr).toMatch(
      /^ring-node: No node answers at .*status\.sock: .*ring-node run.*\[RING_NODE_NOT_RUNNING\]\n$/,
    )
  })
})

describe('the daemon', () => {
  it('A5: TERM and INT end it with 0, HUP reloads', async () => {
    const ring = files(1)
    const daemon = started(ring.server(0))
    await daemon.event('node.ready')
    daemon.signal('SIGHUP')
    expect(await daemon.event('config.reloaded')).toMatchObject({ needRestart: [] })
    writeFileSync(ring.configuration, '{ broken')
    daemon.signal('SIGHUP')
    await daemon.event('config.reload-failed')
    daemon.signal('SIGTERM')
    expect(await daemon.ended).toMatchObject({ code: 0, stderr: '' })
  })

  it('A5: TERM at any moment of the start ends it, also before anything is loaded', async () => {
    const ring = files(1)
    // The process ends itself as soon as it could hear the signal, as process 1 of a container that is stopped at once.
    const early = `data:text/javascript,process.on('newListener', (name) => name === 'SIGTERM' && setImmediate(() => process.kill(process.pid, 'SIGTERM')))`
    const daemon = started(
      new DaemonProcess(ring.argumentsOf(ring.servers[0]!), {}, [], ['--import', early, ...fromModules]),
    )
    const { code, stdout } = await daemon.ended
    expect([code, stdout]).toEqual([143, ''])
  })

  it('F3: lives on when nobody reads its output, when the reader is gone, and when the disk is full', async () => {
    const ring = files(1, { DETECT: 'fast' })
    const daemon = started(ring.server(0))
    await daemon.event('node.ready')
    daemon.child.stdout?.destroy()
    for (let turn = 0; turn < 3; turn++) daemon.signal('SIGHUP')
    await raw(ring.servers[0]!.httpPort, '/livez')
    expect(daemon.child.exitCode).toBe(null)
    daemon.signal('SIGTERM')
    expect(await daemon.ended).toMatchObject({ code: 0 })
    const full = started(new DaemonProcess([...ring.argumentsOf(ring.servers[0]!), '--log-file', '/dev/full']))
    await untilAnswered(ring.servers[0]!.httpPort)
    full.signal('SIGTERM')
    expect(await full.ended).toMatchObject({ code: 0, stdout: '', stderr: '' })
  })

  it('F3: makes its runtime directory anew when somebody removes it, and keeps the programs that are attached', async () => {
    const ring = files(1)
    const daemon = started(ring.server(0))
    const { runtimeDirectory } = await daemon.event('node.started')
    const directory = String(runtimeDirectory)
    await daemon.event('node.ready')
    const [first] = [await attachProgram({ runtimeDirectory: directory, role: 'server', name: 'first' })]
    first.serve(({ body }) => body)
    rmSync(directory, { recursive: true })
    await daemon.event('runtime.lost')
    await daemon.event('runtime.restored')
    const second = await attachProgram({ runtimeDirectory: directory, role: 'client', name: 'second' })
    expect(await second.request('key', 'hello', { whenDown: 'wait' })).toEqual(new TextEncoder().encode('hello'))
    expect(statSync(directory).mode & 0o777).toBe(0o700)
    await vi.waitFor(() => expect(readdirSync(directory)).toContain('status.sock'), { timeout: 60_000 })
    await second.close()
    await first.close()
    daemon.signal('SIGTERM')
    expect(await daemon.ended).toMatchObject({ code: 0, stderr: '' })
  })

  it('A1: a change of the file is taken over by itself, once it is valid; what is not valid is told, and changes nothing', async () => {
    const ring = files(1)
    const daemon = started(ring.server(0))
    await daemon.event('node.ready')
    const text = readFileSync(ring.configuration, 'utf8')
    writeFileSync(ring.configuration, text.slice(0, text.length / 2))
    await daemon.event('config.reload-failed')
    writeFileSync(ring.configuration, text.replace('"FILEVERSION":1', '"FILEVERSION":2,"REPLICA":0'))
    expect(await daemon.event('config.reloaded')).toMatchObject({ fileVersion: 2, applied: ['[GLOBAL] FILEVERSION'] })
    writeFileSync(`${ring.configuration}.new`, text.replace('"QUORUM":"majority"', '"QUORUM":"none"'))
    renameSync(`${ring.configuration}.new`, ring.configuration)
    expect(await daemon.event('config.needs-restart')).toMatchObject({ needRestart: ['[RING] QUORUM'] })
    expect(await (await fetch(`http://127.0.0.1:${ring.servers[0]!.httpPort}/readyz`)).json()).toMatchObject({
      ready: true,
    })
  })

  it("A5: started in CHMPX's way, HUP ends it", async () => {
    const ring = files(1)
    const daemon = started(
      new DaemonProcess(['-conf', ring.configuration, '-CTLPORT', String(ring.servers[0]!.ctlPort), '-d', 'info']),
    )
    await daemon.event('node.ready')
    daemon.signal('SIGHUP')
    expect(await daemon.ended).toMatchObject({ code: 0 })
  })

  it('keeps a second daemon off its identity, and takes over from one that was killed', async () => {
    const ring = files(1)
    const first = started(ring.server(0))
    await first.event('node.ready')
    const second = await started(ring.server(0)).ended
    expect(second.code).toBe(1)
    expect(second.stderr).toContain('[RING_NODE_RUNNING]')
    first.signal('SIGKILL')
    await first.ended
    await started(ring.server(0)).event('node.ready')
  })

  it('says that a port is busy, and ends with 1', async () => {
    const ring = files(1)
    const squatter = createServer()
    await new Promise<void>((resolve) => squatter.listen(ring.servers[0]!.port, '127.0.0.1', resolve))
    const { code, stderr } = await started(ring.server(0)).ended
    squatter.close()
    expect(code).toBe(1)
    expect(stderr).toContain(`Port ${ring.servers[0]!.port}`)
    expect(stderr).toContain('[RING_PORT_BUSY]')
  })

  it('A1: ends with 78 and names file, line and key of every error', async () => {
    const ring = files(1)
    const broken = join(ring.directory, 'broken.ini')
    writeFileSync(
      broken,
      '[GLOBAL]\nGROUP = x\nFILEVERSION = one\nDELIVERMODE = sometimes\n[SVRNODE]\nNAME = a\nPORT = 70000\nCTLPORT = 1\n',
    )
    const { code, stderr } = await started(new DaemonProcess(['-conf', broken])).ended
    expect(code).toBe(78)
    expect(stderr).toMatch(/broken\.ini:3: .*FILEVERSION/)
    expect(stderr).toMatch(/broken\.ini:4: .*DELIVERMODE/)
    expect(stderr).toMatch(/broken\.ini:7: .*PORT/)
  })

  it('R9: refuses a majority without a state directory', async () => {
    const ring = files(1, { STATEDIR: undefined })
    const { code, stderr } = await started(ring.server(0)).ended
    expect(code).toBe(78)
    expect(stderr).toContain('STATEDIR')
  })

  it('F1: AUTH = required refuses to start without a key', async () => {
    const ring = files(1, { AUTH: 'required' })
    expect(await started(ring.server(0)).ended).toMatchObject({ code: 78 })
  })

  it('ends with 2 and a suggestion on wrong usage', async () => {
    expect(await started(new DaemonProcess(['-cnf', 'x'])).ended).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('-') as string,
    })
    const { code, stderr } = await started(new DaemonProcess(['rum'])).ended
    expect(code).toBe(2)
    expect(stderr).toContain('run')
    expect(await started(new DaemonProcess(['--help'])).ended).toMatchObject({ code: 0, stderr: '' })
  })

  it('F3: /livez, /readyz and /metrics answer on loopback', async () => {
    const ring = files(1)
    const daemon = started(ring.server(0))
    await daemon.event('node.ready')
    const get = async (path: string) => (await fetch(`http://127.0.0.1:${ring.servers[0]!.httpPort}${path}`)).text()
    expect(await get('/livez')).toBe('ok\n')
    expect(JSON.parse(await get('/readyz'))).toMatchObject({ ready: true })
    expect(await get('/metrics')).toMatch(/^ring_members 1$/m)
    for (const path of ['//', '/%', '*', 'http://[', `/${'x'.repeat(20_000)}`])
      await raw(ring.servers[0]!.httpPort, path)
    expect(await get('/livez')).toBe('ok\n')
  })
})
