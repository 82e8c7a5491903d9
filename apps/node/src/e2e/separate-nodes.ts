import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { attachProgram, type Program } from '@ring/messaging'
import { DaemonProcess, freshPort, fromSource, hasMembers } from './daemon-process.ts'

const host = '127.0.0.1'

/** Three servers and a slave, each with a folder of its own as on a machine of its own, and programs with traffic. */
export class SeparateNodes {
  readonly directory = mkdtempSync(join(tmpdir(), 'ring-apart-'))
  readonly #ports = Array.from({ length: 4 }, () => ({ port: freshPort(), ctlPort: freshPort() }))
  readonly daemons: DaemonProcess[] = []
  readonly #programs: Program[] = []
  #behindRelay: { readonly at: number; readonly listen: number } | undefined
  #content: { readonly global: object; readonly ring: object } = { global: {}, ring: {} }

  /** @param keys values of a node's [GLOBAL] and [RING], with paths seen from the node's folder */
  configure(global: object, ring: object): void {
    this.#content = { global, ring }
    for (let at = 0; at < this.#ports.length; at++) this.#write(at)
  }

  /** Everybody dials this server at another port, where the caller passes on to its own; before {@link configure}. */
  behindRelay(at: number): { readonly listen: number; readonly target: number } {
    const listen = freshPort()
    this.#behindRelay = { at, listen }
    return { listen, target: this.#ports[at]!.port }
  }

  /** The port that tells the slave from others of this machine, in its name. */
  get slaveCtlPort(): number {
    return this.#ports[3]!.ctlPort
  }

  /** Puts a file into a node's folder in one step. */
  put(at: number, name: string, text: string): void {
    const path = join(this.folder(at), name)
    writeFileSync(`${path}.new`, text, { mode: 0o600 })
    renameSync(`${path}.new`, path)
  }

  folder(at: number): string {
    const path = join(this.directory, `n${at}`)
    mkdirSync(path, { recursive: true, mode: 0o700 })
    return path
  }

  /** @param commands what runs each node, as for {@link DaemonProcess}; this version where there is none */
  async start(commands: readonly (readonly string[])[] = []): Promise<Program> {
    for (let at = 0; at < 4; at++) this.daemons[at] = this.#daemon(at, commands[at])
    await this.daemons[0]!.event('view.installed', hasMembers(3))
    await Promise.all(this.daemons.map((daemon) => daemon.event('node.ready')))
    for (let at = 0; at < 3; at++) await this.#attach(at, 'server')
    return this.#attach(3, 'client')
  }

  /** Stops a server in order and starts it again: all its links are made anew. */
  async restart(at: number): Promise<void> {
    this.daemons[at]!.signal('SIGTERM')
    await this.daemons[at]!.ended
    this.daemons[at] = this.#daemon(at)
    await this.daemons[at].event('view.installed', hasMembers(3))
    await this.daemons[at].event('node.ready')
  }

  async end(): Promise<void> {
    for (const program of this.#programs) await program.close({ drainMs: 0 })
    for (const daemon of this.daemons) {
      daemon.signal('SIGKILL')
      await daemon.ended
    }
    rmSync(this.directory, { recursive: true, force: true })
  }

  async #attach(at: number, role: 'server' | 'client'): Promise<Program> {
    const path = join(this.folder(at), 'run', 'program.sock')
    const handler = (request: { readonly body: Uint8Array }) => request.body
    const options = { path, role, name: `${role} ${at}`, reattach: true }
    const program = await attachProgram(role === 'server' ? { ...options, handler } : options)
    this.#programs.push(program)
    return program
  }

  #write(at: number): void {
    const { global, ring } = this.#content
    const content = {
      GLOBAL: { FILEVERSION: 1, GROUP: 'apart', DELIVERMODE: 'hash', REPLICA: 1, ...global },
      RING: { QUORUM: 'majority', STATEDIR: 'state', RUNTIMEDIR: 'run', AUTH: 'required', ...ring },
      SVRNODE: this.#ports.slice(0, 3).map(({ port, ctlPort }, server) => ({
        ...{ NAME: host, PORT: port, CTLPORT: ctlPort },
        ...(server === this.#behindRelay?.at && { ENDPOINTS: [`${host}:${this.#behindRelay.listen}`] }),
      })),
      SLVNODE: [{ NAME: '[.]*', CTLPORT: this.#ports[3]!.ctlPort }],
    }
    this.put(at, 'ring.json', JSON.stringify(content))
  }

  #daemon(at: number, command?: readonly string[]): DaemonProcess {
    const { ctlPort } = this.#ports[at]!
    const args = ['run', '--config', join(this.folder(at), 'ring.json'), '--ctlport', String(ctlPort)]
    return new DaemonProcess(args, {}, [], command)
  }
}

/** Requests one after the other on some keys, until told to stop; what failed is kept. */
export class Traffic {
  answered = 0
  readonly failed: unknown[] = []
  #going = true
  readonly #pauseMs: number
  readonly #loops: Promise<void>[]

  /** @param pauseMs behind each answer: where a test takes its time, no traffic need take the machine from the others */
  constructor(client: Program, pauseMs = 0) {
    this.#pauseMs = pauseMs
    this.#loops = Array.from({ length: 4 }, (_, loop) => this.#loop(client, loop))
  }

  /** Resolves when this many more have been answered. */
  async more(count: number): Promise<void> {
    const goal = this.answered + count
    while (this.answered < goal) await new Promise((resolve) => setTimeout(resolve, 5))
  }

  async stop(): Promise<void> {
    this.#going = false
    await Promise.all(this.#loops)
  }

  async #loop(client: Program, loop: number): Promise<void> {
    for (let turn = 0; this.#going; turn++) {
      const body = Buffer.from(`${loop} ${turn}`)
      try {
        const reply = await client.request(`key ${turn % 64}`, body, { deadlineMs: 20_000, idempotent: true })
        if (!body.equals(reply)) throw new Error(`asked ${body.toString()}, got ${Buffer.from(reply).toString()}`)
        this.answered += 1
        if (this.#pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, this.#pauseMs))
      } catch (error) {
        this.failed.push(error)
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    }
  }
}

/** Runs a command of `ring-node` to its end. */
export function ringNode(...args: readonly string[]): string {
  return execFileSync(process.execPath, [...fromSource, ...args], { encoding: 'utf8' })
}
