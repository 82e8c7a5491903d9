/**
 * How a node finds the others of its group: the questions and answers of discovery, and the protocols that carry them
 * (PING, MPING, TCPPING, TCPGOSSIP with its router, DNS). What they find is a hint; membership decides.
 *
 * @packageDocumentation
 */
export { combined } from './combined.ts'
export type { Answer, DiscoveryMessage, MemberStanding, NewcomerStanding, Standing } from './core/answer.ts'
export { groupSize, groupSizeMax, newerAnswer } from './core/answer.ts'
export type { GossipRouterCoreOptions } from './core/gossip-router.ts'
export type { MulticastRunOptions } from './core/multicast-run.ts'
export type { TcppingEffect, TcppingEvent, TcppingOptions } from './core/tcpping.ts'
export { TcppingCore } from './core/tcpping.ts'
export type { Discovery, DiscoveryProtocol, DiscoveryQuery, DiscoverySurroundings } from './discovery.ts'
export { decodeDiscoveryMessage } from './discovery-message.ts'
export type { DnsOptions } from './dns-discovery.ts'
export { dns } from './dns-discovery.ts'
export type { DnsQuestion, ResolveRecords } from './dns-records.ts'
export type { GossipRouterOptions, GossipRouterStatus } from './gossip-router-server.ts'
export { GossipRouter, gossipRouterPort } from './gossip-router-server.ts'
export type { MulticastOptions, OpenMulticast } from './multicast-discovery.ts'
export { mping, mpingMulticast, ping, pingMulticast } from './ping-discovery.ts'
export type { TcpgossipOptions } from './tcpgossip-discovery.ts'
export { tcpgossip } from './tcpgossip-discovery.ts'
export type { TcppingProtocolOptions } from './tcpping-discovery.ts'
export { TcppingDiscovery, tcpping } from './tcpping-discovery.ts'
