/**
 * The outside world as Ring's protocol cores see it: interfaces for time, chance, disk and network, and the identity of
 * a node. Everything else in Ring is written against these, so that the same code runs on real sockets and in the
 * simulator of `@ring/testkit`.
 *
 * @packageDocumentation
 */
export type { ArgumentRule } from './argument-rules.ts'
export {
  aCount,
  aFlag,
  aFunction,
  anObject,
  aPort,
  aText,
  checkArgument,
  checkArguments,
  listOf,
  milliseconds,
  oneOf,
  optional,
  shown,
} from './argument-rules.ts'
export type { Clock, Timer } from './clock.ts'
export type { Core, Resumed } from './core.ts'
export { DeadlineTimer } from './deadline-timer.ts'
export type { DeliveryState, LifeState } from './delivery-gate.ts'
export { DeliveryGate } from './delivery-gate.ts'
export type { Disk, DiskLeft, DiskOperation, DiskResult } from './disk.ts'
export { checkFileName, DiskError, isFileName, unfinishedSuffix } from './disk.ts'
export type { DiskTask, DiskWrite } from './disk-queue.ts'
export { DiskQueue } from './disk-queue.ts'
export { ArgumentError, RingError } from './error.ts'
export { EventTurns } from './event-turns.ts'
export type { Address, Incarnation, NodeName, NodeRole, Peer } from './identity.ts'
export {
  address,
  addressMaxChars,
  addressPattern,
  incarnation,
  nextIncarnation,
  nodeName,
  nodeNameMaxBytes,
} from './identity.ts'
export { interpreted } from './interpreted.ts'
export type { Link, LinkClosed, LinkHandler } from './link.ts'
export { callListener, Listeners } from './listeners.ts'
export type { LogFields, Logger } from './logger.ts'
export { silent } from './logger.ts'
export type { DatagramHandler, DatagramSource, Multicast } from './multicast.ts'
export { datagramMaxBytes } from './multicast.ts'
export type { DialOutcome, LinkEnd, Network, NetworkHandler } from './network.ts'
export { isPackedWell, packedLevelsMax } from './packed-shape.ts'
export type { PauseListener, PauseWatchOptions } from './pause-watch.ts'
export { PauseWatch } from './pause-watch.ts'
export type { Random } from './random.ts'
export { below, jittered, randomHex, shuffled, unit } from './random.ts'
export { thrownText } from './thrown-text.ts'
