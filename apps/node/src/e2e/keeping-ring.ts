import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { askControl, ControlError, type NodeDump, readDumpReply } from '@ring/control-protocol'
import type { Program } from '@ring/messaging'
import { type RingNode, silent, startNode } from '../index.ts'
import { freshPort } from './daemon-process.ts'
import type { KeeperNews, KeeperOrder } from './keeper-program.ts'

const host = '127.0.0.1'
const bundled = process.env['RING_TEST_KEEPER']
const program =
  bundled === undefined
    ? ['--conditions=@ring/source', '--import', 'tsx', join(import.meta.dirname, 'keeper-program.ts')]
    : [bundled]

/** A server with all that it holds, as a process. */
class KeeperProcess {
  readonly #child: ChildProcess
  readonly #ended: Promise<unknown>
  #news: { readonly news: KeeperNews; readonly resolve: () => void }[] = []

  constructor(configuration: string, ctlPort: number) {
    this.#child = spawn(process.execPath, [...program, configuration, `${ctlPort}`], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    this.#child.on('message', (news: KeeperNews) => {
      for (const waiting of this.#news.filter((one) => one.news === news)) waiting.resolve()
    })
    this.#ended = new Promise((resolve) => this.#child.once('close', resolve))
  }

  /** The next time that it says so. */
  says(news: KeeperNews): Promise<void> {
    return new Promise((resolve) => this.#news.push({ news, resolve }))
  }

  order(order: KeeperOrder): void {
    this.#child.send(order)
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#ended
  }
}

type Server = NodeDump['servers'][number]

/** Four servers that keep keys, two of each key, each a process of its own; and a slave in this one, which asks them. */
export class KeepingRing {
  readonly #directory = mkdtempSync(join(tmpdir(), 'ring-keeping-'))
  readonly #ports = Array.from({ length: 4 }, () => ({ PORT: freshPort(), CTLPORT: freshPort() }))
  readonly #slavePort = freshPort()
  readonly #configuration = JSON.stringify({
    GLOBAL: {
      ...{ FILEVERSION: 1, GROUP: `keeping-${this.#slavePort}`, DELIVERMODE: 'hash', REPLICA: 1 },
      ...{ DOMERGE: 'yes', AUTOMERGE: 'yes' },
    },
    RING: {
      ...{
        QUORUM: 'majority',
        STATEDIR: join(this.#directory, '%n', 'state'),
        RUNTIMEDIR: join(this.#directory, '%n'),
      },
      // The place of one that is dead is taken at once: at rest there are two of each key, whoever was killed.
      REBALANCE_DELAY: 0,
    },
    SVRNODE: this.#ports.map((ports) => ({ NAME: host, ...ports })),
    SLVNODE: [{ NAME: '[.]*', CTLPORT: this.#slavePort }],
  })
  readonly keepers = new Map<string, KeeperProcess>()
  #slave: RingNode | undefined

  get names(): readonly string[] {
    return this.#ports.map(({ CTLPORT }) => `${host}:${CTLPORT}`)
  }

  /** @returns a program that asks, once all four serve */
  async start(): Promise<Program> {
    const started = this.names.map((name) => this.#startKeeper(name))
    this.#slave = await startNode({
      ...{ configuration: this.#configuration, ctlPort: this.#slavePort, logger: silent },
    })
    await Promise.all(started)
    await this.rests(this.names)
    return this.#slave.embed({ role: 'client', name: 'client' })
  }

  #startKeeper(name: string): Promise<void> {
    const keeper = new KeeperProcess(this.#configuration, portOf(name))
    this.keepers.set(name, keeper)
    return keeper.says('ready')
  }

  /** Starts one again that was killed, and waits until all serve. */
  async restart(name: string): Promise<void> {
    await this.#startKeeper(name)
    await this.rests(this.names)
  }

  async end(): Promise<void> {
    await this.#slave?.stop()
    for (const keeper of this.keepers.values()) await keeper.kill()
    rmSync(this.#directory, { recursive: true, force: true })
  }

  async kill(name: string): Promise<void> {
    await this.keepers.get(name)!.kill()
  }

  ask(command: string, name: string): Promise<string> {
    return askControl({ host, port: portOf(name), command, timeoutMs: 600_000 })
  }

  /** What a node says of the ring; asked again where it stood still for so long that it hung up. */
  async dump(name: string): Promise<NodeDump> {
    for (;;) {
      try {
        return readDumpReply(await this.ask('DUMP JSON', name))
      } catch (error) {
        if (!(error instanceof ControlError && error.code === 'RING_CONTROL_CLOSED')) throw error
      }
    }
  }

  /** Until DUMP of this server says so. */
  async until(name: string, isSo: (dump: NodeDump) => boolean): Promise<NodeDump> {
    for (;;) {
      const dump = await this.dump(name)
      if (isSo(dump)) return dump
      // The processes that it waits for need the machine, too.
      await new Promise((resolve) => setTimeout(resolve, 60))
    }
  }

  /** Until these and no others are up and serve, and nobody has anything to copy, as each of them says. */
  async rests(serving: readonly string[]): Promise<void> {
    await Promise.all(serving.map((name) => this.until(name, (dump) => isAtRest(dump, serving))))
  }
}

function isAtRest({ servers, ring }: NodeDump, serving: readonly string[]): boolean {
  if (ring?.merge || servers.some(({ state }) => state.action !== 'none' || state.progress !== 'nothing')) return false
  const found = servers.filter(({ state }) => state.ring === 'in' && state.up).map(nameOf)
  return found.length === serving.length && serving.every((name) => found.includes(name))
}

/** The servers that are up, as this one says. */
export function upIn({ servers }: NodeDump): readonly string[] {
  return servers.filter(({ state }) => state.up).map(nameOf)
}

function nameOf({ name, ctlport }: Server): string {
  return `${name}:${ctlport}`
}

function portOf(name: string): number {
  return Number(name.split(':').at(-1))
}
