import { type Answer, type Discovery, type DiscoveryMessage, decodeDiscoveryMessage } from '@ring/discovery'
import type { Address, Clock, NodeName, NodeRole } from '@ring/platform'
import { type ControlProtocol, decodedOr } from '../control/control-switchboard.ts'
import type { DiscoveryPurpose } from '../core/effects.ts'

interface Known {
  readonly name: NodeName
  readonly address: Address
}

export interface DiscoveryRunsHost {
  readonly name: NodeName
  readonly role: NodeRole
  readonly clock: Clock
  /** Those of the configuration. */
  servers(): readonly Known[]
  /** Those of the present view. */
  members(): readonly Known[]
  found(purpose: DiscoveryPurpose, answers: readonly Answer[]): void
}

const timeoutMs = 1000
/** A run that has not ended by then is taken for lost. */
const graceMs = 200

/** Whom membership looks for, and one look at a time. */
export class DiscoveryRuns {
  readonly #protocol: Discovery
  readonly #host: DiscoveryRunsHost
  #underWay: { readonly purpose: DiscoveryPurpose; readonly untilMs: number } | undefined

  constructor(protocol: Discovery, host: DiscoveryRunsHost) {
    this.#protocol = protocol
    this.#host = host
  }

  /** A newcomer asks whomever it knows of; who looks for other groups need not ask its own. */
  start(purpose: DiscoveryPurpose, more: readonly Address[] = [], thorough = false): void {
    const { name, role, clock } = this.#host
    const nowMs = clock.monotonicMs()
    // A new run would end the one under way, again and again, while one address is silent.
    if (this.#underWay?.purpose === purpose && nowMs < this.#underWay.untilMs) return
    this.#underWay = { purpose, untilMs: nowMs + timeoutMs + graceMs }
    const members = this.#host.members()
    const left = new Set<NodeName>([name, ...(purpose === 'merge' ? members.map((member) => member.name) : [])])
    const asked = [...this.#host.servers(), ...members].filter((one) => !left.has(one.name))
    const addresses = [...new Set([...asked.map(({ address }) => address), ...more])]
    const firstMemberIsEnough = purpose === 'join' && role === 'server' && !thorough
    this.#protocol.find({ addresses, timeoutMs, firstMemberIsEnough }, (answers) => {
      this.#underWay = undefined
      this.#host.found(purpose, answers)
    })
  }

  /** What finders say over control links; a slave only asks. */
  get controlProtocol(): ControlProtocol<DiscoveryMessage> {
    return {
      prefix: 'discovery',
      decode: (value) => decodedOr(decodeDiscoveryMessage(value)),
      isForSlaves: ({ type }) => type === 'discovery.get-mbrs-req',
      onMessage: (from, message) => this.#protocol.onMessage(from, message),
    }
  }

  stop(): void {
    this.#protocol.stop()
  }
}
