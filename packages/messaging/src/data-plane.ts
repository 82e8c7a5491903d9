import type { Routing } from '@ring/placement'
import {
  checkArguments,
  type Incarnation,
  type Link,
  type LinkHandler,
  milliseconds,
  optional,
  type Peer,
  silent,
} from '@ring/platform'
import type { Refusal } from '@ring/transport'
import type { RelayCounters } from './core/relay/relay-counters.ts'
import type { RelayRules } from './core/relay/rules.ts'
import type { LinkAgreement } from './data-links.ts'
import type { AttachedProgram, DataPlaneOptions } from './data-plane-options.ts'
import type { EmbedOptions } from './embedded.ts'
import { processLoop } from './event-loop.ts'
import { NodeLinks } from './node-links.ts'
import type { Program } from './program.ts'
import { type ProgramIdentity, roleOf } from './program-handshake.ts'

/** The data plane of a node: links of programs and peers come to it from outside, and it dials servers. */
export interface DataPlane {
  readonly counters: RelayCounters
  readonly programs: readonly AttachedProgram[]
  /** Nothing is out, in no direction, and nothing waits. */
  readonly isIdle: boolean
  /** How long a word to a program that handlers may be started counts, in milliseconds from its question on. */
  readonly wordMs: number
  /** @returns ends it */
  onProgramsChanged(listener: () => void): () => void
  /**
   * Where messages go from now on; programs are told. What its `closing` names waits from here on, and a routing without it, or with
   * another one, lets that go.
   */
  setRouting(routing: Routing): void
  /**
   * At a server: everything of the closing partitions has ended that was given to programs here (rule D3), and nothing of them is
   * given to any until the record that lifts the fence. Told once for each version that closes, right after the turn.
   *
   * @returns ends it
   */
  onDrained(listener: (closingVersion: number) => unknown): () => void
  /** A data link that a peer has opened, after its handshake; the answer handles its frames. */
  acceptDataLink(peer: Peer, link: Link, agreed?: LinkAgreement): LinkHandler
  /** Why this program may not attach now; undefined lets it. */
  refusalOf(program: ProgramIdentity): Refusal | undefined
  /** The link of a program that attaches, after its handshake; the answer handles its frames. */
  acceptProgram(program: ProgramIdentity, link: Link): LinkHandler
  /** Whether, at one moment since there is a routing, all its servers were linked or known to be out of reach. */
  readonly hasBeenLinked: boolean
  /**
   * Called once, when that comes true.
   *
   * @returns ends it
   */
  onLinked(listener: () => void): () => void
  /** After an expulsion the node is in the view again, as this life. Set the routing first, and tell the gate afterwards. */
  beginLife(incarnation: Incarnation): void
  /** A program in this process. */
  embed(options: EmbedOptions): Program
  /** Call this before the node leaves its group: the others then wait for what they have out here. */
  announceLeave(): void
  /** Refuses what is new, lets what runs end (for `drainMs` at most, default 5 000), closes every link. */
  stop(options?: { readonly drainMs?: number }): Promise<void>
}

const stopRules = { drainMs: optional(milliseconds) } as const

const drainPollMs = 5
/** Programs and peers of the first version do not answer DETACH. */
const detachAnswerMs = 500
const programsAtMost = 1_024

/**
 * The data plane of a node, without a socket of its own. It knows no servers until {@link DataPlane.setRouting}.
 *
 * @param rules only a simulation takes one out
 */
export function createDataPlane(options: DataPlaneOptions, rules?: RelayRules): DataPlane {
  const links = new NodeLinks(options, options.logger ?? silent, rules)
  return {
    get counters() {
      return links.relay.counters
    },
    get programs() {
      return links.programs
    },
    get isIdle() {
      return links.isIdle
    },
    wordMs: links.wordMs,
    onProgramsChanged: (changed) => links.programsChanged.add(changed),
    setRouting: (routing) => {
      links.setRouting(routing)
    },
    onDrained: (drained) => links.drained.add(drained),
    acceptDataLink: (peer, link, agreed) => links.addPeer(peer, link, agreed),
    refusalOf: (program) => refusalOf(links, program, options.witness === true),
    acceptProgram: (program, link) => links.addProgram(program, link),
    get hasBeenLinked() {
      return links.hasBeenLinked
    },
    onLinked: (linked) => links.linked.add(linked),
    beginLife: (incarnation) => {
      links.relay.beginLife({ name: options.name, incarnation })
    },
    embed: (embedding) => links.embed(embedding),
    announceLeave: () => {
      links.announceLeave()
    },
    stop: async (stopping = {}) => {
      checkArguments('stop()', stopping, stopRules)
      const { drainMs = 5_000 } = stopping
      links.beginStop()
      await drained(links, options, drainMs)
      links.closeAll()
    },
  }
}

function refusalOf(links: NodeLinks, program: ProgramIdentity, isWitness: boolean): Refusal | undefined {
  if (isWitness && roleOf(program) === 'server')
    return {
      code: 'not-allowed',
      text: 'this node is a witness: it votes and serves nothing; attach to another server',
    }
  if (links.isStopping) return { code: 'closing', text: 'this node is stopping' }
  const clash = links.clashOf(program.serves)
  if (clash !== undefined) return { code: 'not-allowed', text: clash }
  if (links.programs.length < programsAtMost) return undefined
  return { code: 'full', text: `this node has ${programsAtMost} programs; attach to another` }
}

/** Until nothing is out, and nothing is on its way that was sent before the others heard of the stop. */
function drained(links: NodeLinks, { clock, loop = processLoop }: DataPlaneOptions, drainMs: number): Promise<void> {
  const beginMs = clock.monotonicMs()
  // The clock's timers hold nothing up, but a node that stops is not done.
  const letGo = loop.hold()
  return new Promise((resolve) => {
    const look = (): void => {
      const passedMs = clock.monotonicMs() - beginMs
      const mayFollow = !links.relay.hasHeardAll && passedMs < detachAnswerMs
      if ((links.relay.out === 0 && !mayFollow) || passedMs >= drainMs) {
        letGo()
        resolve()
      } else clock.after(drainPollMs, look)
    }
    look()
  })
}
