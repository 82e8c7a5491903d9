import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freshPort } from '@ring/testkit'

const main = join(import.meta.dirname, '..', 'main.ts')
const bundled = process.env['RING_TEST_DAEMON']
/** The arguments of Node that run this version module by module, each loaded in its time. */
export const fromModules: readonly string[] = ['--conditions=@ring/source', '--import', 'tsx', main]
/** The same as one file, where the run of tests has made it. */
export const fromSource: readonly string[] = bundled === undefined ? fromModules : [bundled]

export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export type LogLine = Readonly<Record<string, unknown>>

interface Waiting {
  readonly event: string
  readonly matches: (line: LogLine) => boolean
  readonly tell: (line: LogLine) => void
}

/** A view with this many members. */
export function hasMembers(count: number): (line: LogLine) => boolean {
  return ({ members }) => Array.isArray(members) && members.length === count
}

/** A real `ring-node` process, run from source unless another command is given. */
export class DaemonProcess {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  #stdout = ''
  #stderr = ''
  readonly #lines: LogLine[] = []
  readonly #lookedAt = new Map<string, number>()
  readonly #waiting: Waiting[] = []

  /**
   * @param prefix a command that runs the process somewhere else
   * @param node the arguments of Node that run `ring-node`
   */
  constructor(
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
    prefix: readonly string[] = [],
    node: readonly string[] = fromSource,
  ) {
    const env = { ...process.env, NO_COLOR: '1', ...environment }
    const [command, ...rest] = [...prefix, process.execPath, ...node, ...args]
    this.child = spawn(command!, rest, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    this.child.stdout?.on('data', (bytes: Buffer) => this.#log(bytes.toString()))
    this.child.stderr?.on('data', (bytes: Buffer) => {
      this.#stderr += bytes.toString()
    })
    this.ended = new Promise((resolve) => {
      this.child.once('close', (code) => resolve({ code, stdout: this.#stdout, stderr: this.#stderr }))
    })
  }

  /**
   * The next log line of this event that matches, in the order of the log: lines that came before the call count, lines that
   * an earlier call returned or passed over do not. Rejects when the process ends first.
   */
  event(event: string, matches: (line: LogLine) => boolean = () => true): Promise<LogLine> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ event, matches, tell: resolve })
      this.#serve()
      void this.ended.then(({ code, stdout, stderr }) =>
        reject(new Error(`ring-node ended with ${code} before ${event}\n${stdout.slice(-3000)}${stderr}`)),
      )
    })
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal)
  }

  #log(text: string): void {
    const before = this.#stdout.lastIndexOf('\n') + 1
    this.#stdout += text
    for (const line of this.#stdout.slice(before, this.#stdout.lastIndexOf('\n') + 1).split('\n')) {
      if (line.startsWith('{')) this.#lines.push(JSON.parse(line) as LogLine)
    }
    this.#serve()
  }

  /** Gives lines to those who wait for them; each event has a place in the log up to which it was looked at. */
  #serve(): void {
    for (const waiting of [...this.#waiting]) {
      const { event, matches, tell } = waiting
      const from = this.#lookedAt.get(event) ?? 0
      const at = this.#lines.findIndex((line, index) => index >= from && line['event'] === event && matches(line))
      this.#lookedAt.set(event, at < 0 ? this.#lines.length : at + 1)
      if (at < 0) continue
      this.#waiting.splice(this.#waiting.indexOf(waiting), 1)
      tell(this.#lines[at]!)
    }
  }
}

export { freshPort }

/** A temporary directory with the configuration of a ring on this machine. */
export class RingFiles {
  readonly directory = mkdtempSync(join(tmpdir(), 'ring-e2e-'))
  readonly servers: readonly { readonly port: number; readonly ctlPort: number; readonly httpPort: number }[]
  readonly slave = { ctlPort: freshPort(), httpPort: freshPort() }
  readonly configuration: string

  /** @param global more of [GLOBAL] */
  constructor(
    servers: number,
    ring: Readonly<Record<string, unknown>> = {},
    deliverMode: 'hash' | 'random' = 'hash',
    global: Readonly<Record<string, unknown>> = {},
  ) {
    this.servers = Array.from({ length: servers }, () => ({
      port: freshPort(),
      ctlPort: freshPort(),
      httpPort: freshPort(),
    }))
    this.configuration = join(this.directory, 'ring.json')
    const content = {
      GLOBAL: { FILEVERSION: 1, GROUP: `e2e-${process.pid}`, DELIVERMODE: deliverMode, REPLICA: 1, ...global },
      RING: { QUORUM: 'majority', STATEDIR: '%n/state', RUNTIMEDIR: '%n', ...ring },
      SVRNODE: this.servers.map(({ port, ctlPort }) => ({ NAME: '127.0.0.1', PORT: port, CTLPORT: ctlPort })),
      SLVNODE: [{ NAME: '[.]*', CTLPORT: this.slave.ctlPort }],
    }
    writeFileSync(this.configuration, JSON.stringify(content))
  }

  /** @param node as for {@link DaemonProcess} */
  server(index: number, node?: readonly string[]): DaemonProcess {
    return new DaemonProcess(this.argumentsOf(this.servers[index]!), {}, [], node)
  }

  startSlave(node?: readonly string[]): DaemonProcess {
    return new DaemonProcess(this.argumentsOf(this.slave), {}, [], node)
  }

  runtimeDirectory(daemon: LogLine): string {
    return String(daemon['runtimeDirectory'])
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true })
  }

  /** What `ring-node` is told to be this node. */
  argumentsOf({ ctlPort, httpPort }: { readonly ctlPort: number; readonly httpPort: number }): readonly string[] {
    return ['run', '--config', this.configuration, '--ctlport', `${ctlPort}`, '--http-port', `${httpPort}`]
  }
}
