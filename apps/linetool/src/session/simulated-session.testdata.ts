import { dumpText, type NodeDump } from '@ring/control-protocol'
import { FileError } from '../core/errors.ts'
import { parseStart } from '../core/options/start.ts'
import { plainView, type TextView } from '../core/render/view.ts'
import { addressText, type NodeAddress } from '../core/ring/node-address.ts'
import { SimulatedRing, type SimulatedRingOptions, seedOf } from '../core/ring/simulated-ring.testdata.ts'
import type { Desk, LiveArea, Machine } from './command-context.ts'
import { type AskOptions, type ControlPort, ControlPortError } from './control-port.ts'
import { HandClock } from './hand-clock.testdata.ts'
import { RingAccess } from './ring-access.ts'
import { Session } from './session.ts'

/** What a node answers to a command; undefined for one that never does. */
export type Answering = (label: string, command: string) => string | undefined

/** As nodes of Ring, and of CHMPX, answer to `DUMP JSON`. */
function dumped(dump: NodeDump): string {
  if (dump.ring === undefined) return dumpText(dump)
  const plain = (_: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value)
  return JSON.stringify({ form: 1, ok: true, command: 'DUMP', dump }, plain)
}

/** Control ports of simulated nodes. */
class SimulatedPorts implements ControlPort {
  readonly told: string[] = []
  answering: Answering = () => 'SUCCEED\n'
  readonly #ring: SimulatedRing
  readonly #clock: HandClock

  constructor(ring: SimulatedRing, clock: HandClock) {
    this.#ring = ring
    this.#clock = clock
  }

  ask(address: NodeAddress, command: string, { timeoutMs, signal }: AskOptions): Promise<string> {
    const label = addressText(address)
    const answer = this.#ring.answer(label)
    if (answer.kind === 'silent') return Promise.reject(new ControlPortError(answer.code, answer.why, false))
    if (command.startsWith('DUMP')) return Promise.resolve(dumped(answer.dump))
    this.told.push(`${label} ${command}`)
    const reply = this.answering(label, command)
    if (reply !== undefined) return Promise.resolve(reply)
    return new Promise((_, reject) => {
      const late = `no answer within ${timeoutMs / 1_000} s`
      this.#clock.after(timeoutMs, () => reject(new ControlPortError('RING_CONTROL_TIMEOUT', late, true)))
      signal.addEventListener('abort', () => reject(signal.reason as Error))
    })
  }
}

export class NotedDesk implements Desk {
  isInteractive = false
  out = ''
  err = ''
  readonly questions: string[] = []
  answer = true
  view_: TextView = plainView
  shows = 0
  /** The live view is left after so many pictures. */
  enoughAfter = Number.POSITIVE_INFINITY

  print(text: string): void {
    this.out += text
  }

  note(text: string): void {
    this.err += text
  }

  confirm(question: string): Promise<boolean> {
    this.questions.push(question)
    return Promise.resolve(this.answer)
  }

  view(ascii: boolean): TextView {
    return { ...this.view_, ascii }
  }

  live(): LiveArea {
    const controller = new AbortController()
    const show = (text: () => string) => {
      this.print(text())
      this.shows++
      if (this.shows >= this.enoughAfter) controller.abort(new Error('enough'))
    }
    return { show, end: () => undefined, enough: controller.signal }
  }

  waiting(): { end(): void } {
    return { end: () => undefined }
  }
}

export class NotedMachine implements Machine {
  readonly files = new Map<string, string>()
  readonly shells: (string | undefined)[] = []

  readFile(path: string): Promise<string> {
    const text = this.files.get(path)
    if (text === undefined) return Promise.reject(new FileError(`Cannot read ${path}: it is not there`))
    return Promise.resolve(text)
  }

  writeFile(path: string, text: string): Promise<void> {
    this.files.set(path, text)
    return Promise.resolve()
  }

  exists(path: string): Promise<boolean> {
    return Promise.resolve(this.files.has(path))
  }

  shell(command: string | undefined): Promise<number> {
    this.shells.push(command)
    return Promise.resolve(command === 'false' ? 1 : 0)
  }
}

/** A session with a simulated ring, in virtual time. */
export class SimulatedSession {
  readonly ring: SimulatedRing
  readonly clock = new HandClock()
  readonly desk = new NotedDesk()
  readonly machine = new NotedMachine()
  readonly ports: SimulatedPorts
  readonly session: Session
  history: string[] = []

  constructor(
    options: SimulatedRingOptions & { readonly start?: readonly string[]; readonly seeds?: readonly string[] } = {},
  ) {
    this.ring = new SimulatedRing(options)
    this.ports = new SimulatedPorts(this.ring, this.clock)
    const start = parseStart(options.start ?? [])
    if (start.kind !== 'work') throw new Error('not a start of work')
    const seeds = (options.seeds ?? [this.ring.labels[0]!]).map(seedOf)
    const ring = new RingAccess({
      ...{ port: this.ports, clock: this.clock, parallel: 8, group: undefined },
      seeds: () => Promise.resolve(seeds),
    })
    const { desk, machine, clock } = this
    const { settings, given } = start
    this.session = new Session({ ring, clock, desk, machine, settings, defaults: given, history: () => this.history })
  }

  /** Runs lines one after the other; the exit code of the last one, what it printed, and what it said. */
  async run(
    ...lines: readonly string[]
  ): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
    let code = 0
    for (const line of lines) {
      this.desk.out = ''
      this.desk.err = ''
      code = await this.clock.runUntil(this.session.run(line))
    }
    return { code, out: this.desk.out, err: this.desk.err }
  }

  /** Runs a line and gives its JSON document. */
  async json(line: string): Promise<Record<string, unknown>> {
    const { out } = await this.run(`${line} --json`)
    return JSON.parse(out) as Record<string, unknown>
  }
}
