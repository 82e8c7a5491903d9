/**
 * How a node finds the others of its group: the questions and answers of discovery, and TCPPING, the static list.
 *
 * @packageDocumentation
 */
export type { Answer, DiscoveryMessage, Standing } from './core/answer.ts'
export type { TcppingEffect, TcppingEvent } from './core/tcpping.ts'
export { TcppingCore } from './core/tcpping.ts'
export type { Discovery, DiscoveryProtocol, DiscoveryQuery, DiscoverySurroundings } from './discovery.ts'
export { decodeDiscoveryMessage } from './discovery-message.ts'
export { TcppingDiscovery, tcpping } from './tcpping-discovery.ts'
