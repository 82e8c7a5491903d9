import { join } from 'node:path'
import type { Routing } from '@ring/placement'
import type {
  Clock,
  DeliveryGate,
  Incarnation,
  Link,
  LinkHandler,
  Logger,
  NodeName,
  NodeRole,
  PauseWatch,
  Peer,
  Random,
} from '@ring/platform'
import {
  type ArgumentRule,
  aCount,
  aFlag,
  anObject,
  aText,
  checkArguments,
  milliseconds,
  oneOf,
  optional,
  silent,
} from '@ring/platform'
import type { Refusal } from '@ring/transport'
import { programSocketName } from './attach-program.ts'
import type { RelayCounters } from './core/relay-counters.ts'
import type { DataDialer, LinkAgreement } from './data-links.ts'
import type { EmbedOptions } from './embedded.ts'
import { NodeLinks } from './node-links.ts'
import type { Program } from './program.ts'
import { type ProgramIdentity, roleOf } from './program-handshake.ts'
import { ProgramListener } from './program-listener.ts'

export interface MessagingOptions {
  readonly group: string
  readonly name: NodeName
  readonly incarnation: Incarnation
  /** A server answers requests of peers; a slave only passes on what its programs ask. */
  readonly role: NodeRole
  /** Serves nothing: server programs are refused at the socket. */
  readonly witness?: boolean
  /** Where the program socket is made, mode 0700; without it only embedded programs can attach. */
  readonly runtimeDirectory?: string
  readonly clock: Clock
  readonly random: Random
  readonly dialer: DataDialer
  readonly logger?: Logger
  /**
   * Asked before anything passes to a program (M3, K4). Its owner drives it; without one only the stop closes it, and after a
   * pause nothing is held back.
   */
  readonly gate?: DeliveryGate
  /**
   * Half of the detection time, in milliseconds: programs start nothing on an older word of the gate, and twice as long is
   * waited for the first link to a server. Default 1 500.
   */
  readonly pauseMs?: number
  /** The detection time in milliseconds: a data link that fell silent is found out within it. Default 3 000. */
  readonly detectMs?: number
  /**
   * The pause watch of the process, started and stopped by its owner, whose own listeners come first: the gate is closed
   * before anything that waited is taken. Without it messaging has one of its own.
   */
  readonly pauseWatch?: PauseWatch
}

/** Programs that are attached to the node now. */
export interface AttachedProgram {
  readonly name: string
  readonly role: 'server' | 'client'
  /** The service that it serves, if that has a name. */
  readonly service?: string
  readonly pid: number
}

/** The data plane of a node. */
export interface Messaging {
  readonly counters: RelayCounters
  readonly programs: readonly AttachedProgram[]
  /** @returns ends it */
  onProgramsChanged(listener: () => void): () => void
  /** Where messages go from now on; programs are told. */
  setRouting(routing: Routing): void
  /** A data link that a peer has opened, after its handshake; the answer handles its frames. */
  acceptDataLink(peer: Peer, link: Link, agreed?: LinkAgreement): LinkHandler
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
  /** Makes the program socket anew, where somebody removed it; programs that are attached stay. */
  listenAgain(): Promise<void>
  /** A program in this process. */
  embed(options: EmbedOptions): Program
  /** Call this before the node leaves its group: the others then wait for what they have out here. */
  announceLeave(): void
  /** Refuses what is new, lets what runs end (for `drainMs` at most, default 5 000), closes every link. */
  stop(options?: { readonly drainMs?: number }): Promise<void>
}

const aTime: ArgumentRule = {
  fits: (value) => typeof value === 'number' && value > 0,
  wanted: 'a number of milliseconds above 0',
}
const messagingRules = {
  ...{ group: aText, name: aText, incarnation: aCount, role: oneOf('server', 'slave') },
  ...{ witness: optional(aFlag), runtimeDirectory: optional(aText) },
  ...{
    clock: anObject,
    random: anObject,
    dialer: anObject,
    logger: optional(anObject),
    pauseWatch: optional(anObject),
  },
  pauseMs: optional(aTime),
  detectMs: optional(aTime),
} satisfies Readonly<Record<string, ArgumentRule>>
const stopRules = { drainMs: optional(milliseconds) } as const

const drainPollMs = 5
const keepAliveMs = 60_000
/** Programs and peers of the first version do not answer DETACH. */
const detachAnswerMs = 500
const programsAtMost = 1_024

/** Starts the data plane of a node. It knows no servers until {@link Messaging.setRouting}. */
export async function createMessaging(options: MessagingOptions): Promise<Messaging> {
  checkArguments('createMessaging()', options, messagingRules)
  const logger = options.logger ?? silent
  const links = new NodeLinks(options, logger)
  const listener =
    options.runtimeDirectory === undefined
      ? undefined
      : new ProgramListener({
          path: join(options.runtimeDirectory, programSocketName),
          group: options.group,
          nodeName: options.name,
          logger,
          wordMs: links.wordMs,
          onProgram: (identity, link) => links.addProgram(identity, link),
          refusal: (program) => refusalOf(links, program, options.witness === true),
        })
  await listener?.listen()
  return {
    get counters() {
      return links.relay.counters
    },
    get programs() {
      return links.programs
    },
    onProgramsChanged: (changed) => links.programsChanged.add(changed),
    setRouting: (routing) => {
      links.setRouting(routing)
    },
    acceptDataLink: (peer, link, agreed) => links.addPeer(peer, link, agreed),
    get hasBeenLinked() {
      return links.hasBeenLinked
    },
    onLinked: (linked) => links.linked.add(linked),
    beginLife: (incarnation) => {
      links.relay.beginLife({ name: options.name, incarnation })
    },
    listenAgain: async () => {
      await listener?.listenAgain()
    },
    embed: (embedding) => links.embed(embedding),
    announceLeave: () => {
      links.announceLeave()
    },
    stop: async (stopping = {}) => {
      checkArguments('stop()', stopping, stopRules)
      const { drainMs = 5_000 } = stopping
      links.beginStop()
      await drained(links, options.clock, drainMs)
      links.closeAll()
      await listener?.close()
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
function drained(links: NodeLinks, clock: Clock, drainMs: number): Promise<void> {
  const beginMs = clock.monotonicMs()
  // The clock's timers hold nothing up, but a node that stops is not done.
  const keepAlive = setInterval(() => undefined, keepAliveMs)
  return new Promise((resolve) => {
    const look = (): void => {
      const passedMs = clock.monotonicMs() - beginMs
      const mayFollow = !links.relay.hasHeardAll && passedMs < detachAnswerMs
      if ((links.relay.out === 0 && !mayFollow) || passedMs >= drainMs) {
        clearInterval(keepAlive)
        resolve()
      } else clock.after(drainPollMs, look)
    }
    look()
  })
}
