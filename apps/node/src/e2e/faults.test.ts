import { attachProgram, type Program } from '@ring/messaging'
import { afterEach, describe, expect, it } from 'vitest'
import { type DaemonProcess, hasMembers, RingFiles } from './daemon-process.ts'

/** Three servers with a program each, a slave with a client: real processes on loopback. */
class RunningRing {
  readonly files = new RingFiles(3)
  readonly servers: DaemonProcess[] = []
  readonly programs: Program[] = []
  slave!: DaemonProcess
  client!: Program
  readonly #directories: string[] = []

  async start(): Promise<void> {
    for (let index = 0; index < 3; index++) this.servers.push(this.files.server(index))
    this.slave = this.files.startSlave()
    const started = await Promise.all([...this.servers, this.slave].map((daemon) => daemon.event('node.started')))
    this.#directories.push(...started.map((line) => this.files.runtimeDirectory(line)))
    await Promise.all([...this.servers, this.slave].map((daemon) => daemon.event('node.ready')))
    for (let index = 0; index < 3; index++) this.programs.push(await this.attach(index))
    this.client = await attachProgram({ runtimeDirectory: this.#directories[3]!, role: 'client', name: 'client' })
  }

  attach(index: number): Promise<Program> {
    return attachProgram({
      runtimeDirectory: this.#directories[index]!,
      role: 'server',
      name: `program ${index}`,
      handler: ({ body }) => body,
    })
  }

  async restart(index: number): Promise<void> {
    this.servers[index] = this.files.server(index)
    await this.servers[index].event('node.ready')
    this.programs[index] = await this.attach(index)
  }

  async end(): Promise<void> {
    await this.client.close()
    for (const daemon of [...this.servers, this.slave]) {
      daemon.signal('SIGCONT')
      daemon.signal('SIGKILL')
      await daemon.ended
    }
    this.files.remove()
  }
}

/** Far above what it takes to find out that a server is gone: whose deadline passes was left to it. */
const deadlineMs = 120_000

/** Codes of a failure that says so because the ring found it out, and not because the deadline passed. */
const toldByTheRing = /^RING_(NOT|MAYBE)_DELIVERED_(?!OVERDUE)/

/** Sends until told to stop; every request is noted once, with its end. */
class Load {
  /** `ok`, `wrong`, or an error's code, in the order in which requests ended. */
  readonly outcomes: string[] = []
  sent = 0
  #going = true
  readonly #loops: Promise<void>[]

  constructor(client: Program, loops: number) {
    this.#loops = Array.from({ length: loops }, (_, loop) => this.#loop(client, loop))
  }

  async stop(): Promise<void> {
    this.#going = false
    await Promise.all(this.#loops)
  }

  get failures(): readonly string[] {
    return this.outcomes.filter((code) => code !== 'ok')
  }

  count(code: string): number {
    return this.outcomes.filter((outcome) => outcome === code).length
  }

  async #loop(client: Program, loop: number): Promise<void> {
    for (let turn = 0; this.#going; turn++) {
      const body = Buffer.from(`${loop} ${turn}`)
      this.sent += 1
      const code = await client.request(`key ${loop} ${turn % 64}`, body, { deadlineMs }).then(
        (reply) => (body.equals(reply) ? 'ok' : 'wrong'),
        (error: unknown) => (error as { code: string }).code,
      )
      this.outcomes.push(code)
      // Against a server that is not there the loop would otherwise spin.
      if (code !== 'ok') await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }
}

let ring: RunningRing

afterEach(() => ring.end())

describe('a ring of real processes under load', () => {
  it('K1: kill -9: failed requests end soon, every request ends once, no reply is wrong', async () => {
    ring = new RunningRing()
    await ring.start()
    const load = new Load(ring.client, 8)
    await until(() => load.count('ok') > 500)
    ring.servers[1]!.signal('SIGKILL')
    await ring.servers[0]!.event('view.installed', hasMembers(2))
    await until(() => load.count('ok') > 5000)
    await load.stop()
    const failed = load.failures
    for (const code of failed) expect(code).toMatch(toldByTheRing)
    expect(load.outcomes).toHaveLength(load.sent)
    expect(load.count('wrong')).toBe(0)
    await ring.restart(1)
    await until(async () => (await ring.client.broadcast(Buffer.from('all?'))).every(({ ok }) => ok))
    const again = new Load(ring.client, 4)
    await until(() => again.count('ok') > 1000)
    await again.stop()
    expect(again.count('ok')).toBe(again.sent)
  })

  it('M3: SIGSTOP: out of the way soon; when it wakes it answers nothing old and comes back', async () => {
    ring = new RunningRing()
    await ring.start()
    const load = new Load(ring.client, 8)
    await until(() => load.count('ok') > 500)
    ring.servers[2]!.signal('SIGSTOP')
    await ring.servers[0]!.event('view.installed', hasMembers(2))
    const okBefore = load.count('ok')
    await until(() => load.count('ok') > okBefore + 2000)
    for (const code of load.failures) expect(code).toMatch(toldByTheRing)
    const failuresBefore = load.failures.length
    await until(() => load.count('ok') > okBefore + 4000)
    expect(load.failures.slice(failuresBefore)).toEqual([])
    ring.servers[2]!.signal('SIGCONT')
    expect((await ring.servers[2]!.event('member.rejoin'))['incarnation']).toBeGreaterThan(0)
    await ring.servers[0]!.event('view.installed', hasMembers(3))
    await ring.servers[2]!.event('node.ready')
    // The slave has dialled the new life once every server answers.
    await until(async () => (await ring.client.broadcast(Buffer.from('all?'))).every(({ ok }) => ok))
    await load.stop()
    const again = new Load(ring.client, 8)
    await until(() => again.count('ok') > 2000)
    await again.stop()
    expect(again.count('ok')).toBe(again.sent)
    expect(again.outcomes.length).toBeGreaterThan(0)
    expect(load.outcomes).toHaveLength(load.sent)
    expect(load.count('wrong')).toBe(0)
  })
})

/** Waits for real processes to get somewhere; the test's own time-out bounds it. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10))
}
