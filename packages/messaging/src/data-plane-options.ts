import type { Clock, DeliveryGate, Incarnation, Logger, NodeName, NodeRole, PauseWatch, Random } from '@ring/platform'
import type { DataDialer } from './data-links.ts'
import type { EventLoop } from './event-loop.ts'

export interface DataPlaneOptions {
  readonly name: NodeName
  readonly incarnation: Incarnation
  /** A server answers requests of peers; a slave only passes on what its programs ask. */
  readonly role: NodeRole
  /** Serves nothing: server programs are refused at the socket. */
  readonly witness?: boolean
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
  /** Whose turns it takes. Default: those of this process. */
  readonly loop?: EventLoop
}

/** Programs that are attached to the node now. */
export interface AttachedProgram {
  readonly name: string
  readonly role: 'server' | 'client'
  /** The service that it serves, if that has a name. */
  readonly service?: string
  readonly pid: number
}
