import { randomBytes } from 'node:crypto'
import { createServer } from 'node:net'
import {
  address,
  below,
  type Clock,
  incarnation,
  type NetworkHandler,
  type NodeRole,
  nodeName,
  type Random,
  silent,
} from '@ring/platform'
import { formatAddress, NodeEndpoint } from '@ring/transport'
import type { Answer, Standing } from '../core/answer.ts'
import type { Discovery, DiscoveryQuery } from '../discovery.ts'
import { decodeDiscoveryMessage } from '../discovery-message.ts'
import type { ComplianceMedium } from './compliance-options.ts'

const clock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  after: (delayMs, run) => {
    const timer = setTimeout(run, delayMs)
    return { cancel: () => clearTimeout(timer) }
  },
}
const random: Random = { uint32: () => randomBytes(4).readUInt32LE() }

/** A run that is so much late does not end at all. */
const lateMs = 3000

export interface ParticipantOptions {
  readonly name: string
  readonly group: string
  readonly role?: NodeRole
  readonly incarnation?: number
}

/** A node with links of its own and nothing but discovery. */
export class Participant {
  readonly address: string
  readonly name: string
  /** What it says of itself; `undefined`: it does not answer. */
  standing: Standing | undefined = { kind: 'newcomer' }
  /** How often a run ended. */
  foundCalls = 0
  readonly #discovery: Discovery
  readonly #endpoint: NodeEndpoint
  readonly #life: ReturnType<typeof incarnation>
  #killed = false

  private constructor(options: ParticipantOptions, medium: ComplianceMedium, port: number) {
    const { group, role = 'server' } = options
    const name = nodeName(options.name)
    this.name = options.name
    this.address = formatAddress('127.0.0.1', port)
    this.#life = incarnation(options.incarnation ?? Date.now())
    const handler: NetworkHandler = {
      onMessage: (from, bytes) => {
        const message = decodeDiscoveryMessage(JSON.parse(Buffer.from(bytes).toString()))
        if (message && !this.#killed) this.#discovery.onMessage(from, message)
      },
      onLinkUp: () => undefined,
      onLinkDown: () => undefined,
    }
    const listen = role === 'server' ? { hosts: ['127.0.0.1'], port } : undefined
    this.#endpoint = new NodeEndpoint(
      { group, name, role, incarnation: this.#life, ...(listen && { listen }) },
      handler,
    )
    this.#discovery = medium.protocol({ name: options.name, group, role, address: this.address })({
      ...{ clock, random, logger: silent, network: this.#endpoint },
      self: { name, role, address: address(this.address) },
      incarnation: () => this.#life,
      answer: () => this.#answer,
      send: (to, message) => this.#endpoint.send(to, Buffer.from(JSON.stringify(message))),
    })
  }

  static async start(options: ParticipantOptions, medium: ComplianceMedium): Promise<Participant> {
    const participant = new Participant(options, medium, await freePort())
    await participant.#endpoint.start()
    return participant
  }

  get #answer(): Answer | undefined {
    if (!this.standing || this.#killed) return undefined
    const { standing } = this
    return {
      name: nodeName(this.name),
      incarnation: this.#life,
      address: address(this.address),
      voterId: 'voter',
      standing,
    }
  }

  /** Becomes the coordinator of a group of its own, or a member of that one's. */
  joinGroupOf(coordinator: Participant, version = 1): void {
    const named = { name: nodeName(coordinator.name), address: address(coordinator.address) }
    const own = { name: nodeName(this.name), address: address(this.address) }
    const members = coordinator === this ? [named] : [named, own]
    this.standing = { kind: 'member', coordinator: named, lineage: `lineage-${coordinator.name}`, version, members }
  }

  find(query: DiscoveryQuery): Promise<readonly Answer[]> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`a run of ${this.name} did not end`)), query.timeoutMs + lateMs)
      this.findWith(query, (answers) => {
        clearTimeout(timer)
        resolve(answers)
      })
    })
  }

  findWith(query: DiscoveryQuery, found: (answers: readonly Answer[]) => void): void {
    this.#discovery.find(query, (answers) => {
      this.foundCalls += 1
      found(answers)
    })
  }

  /** As `kill -9` would: the listener is gone, and nobody was told. */
  kill(): void {
    this.#killed = true
    this.#endpoint.stop()
  }

  stopDiscovery(): void {
    this.#discovery.stop()
  }

  stop(): void {
    this.#discovery.stop()
    this.#endpoint.stop()
  }
}

/** Below the range from which the system gives ports to clients, so that no connection takes it meanwhile. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 15_000 + below(random, 16_000)
    if (await isFree(port)) return port
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
