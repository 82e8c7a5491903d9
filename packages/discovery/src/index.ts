/**
 * How a node finds the others of its group: the questions and answers of discovery, and the protocols that carry them
 * (PING, MPING, TCPPING, TCPGOSSIP with its router, DNS). What they find is a hint; membership decides.
 *
 * @packageDocumentation
 */
export { combined } from './combined.ts'
export type { Answer, DiscoveryMessage, MemberStanding, NewcomerStanding, Standing } from './core/answer.ts'
export { groupSize, groupSizeMax, newerAnswer } from './core/answer.ts'
export type { GossipRouterCoreOptions } from './core/gossip/gossip-router.ts'
export type { MulticastRunOptions } from './core/multicast/multicast-run.ts'
export type { TcppingEffect, TcppingEvent, TcppingOptions } from './core/tcpping/tcpping.ts'
export { TcppingCore } from './core/tcpping/tcpping.ts'
export type { Discovery, DiscoveryProtocol, DiscoveryQuery, DiscoverySurroundings } from './discovery.ts'
export { decodeDiscoveryMessage } from './discovery-message.ts'
export type { DnsOptions } from './dns/dns-discovery.ts'
export { dns } from './dns/dns-discovery.ts'
export type { DnsQuestion, ResolveRecords } from './dns/dns-records.ts'
export type { GossipRouterOptions, GossipRouterStatus } from './gossip/gossip-router-server.ts'
export { GossipRouter, gossipRouterPort } from './gossip/gossip-router-server.ts'
export type { TcpgossipOptions } from './gossip/tcpgossip-discovery.ts'
export { tcpgossip } from './gossip/tcpgossip-discovery.ts'
export type { MulticastOptions, OpenMulticast } from './multicast/multicast-discovery.ts'
export { mping, mpingMulticast, ping, pingMulticast } from './multicast/ping-discovery.ts'
export type { TcppingProtocolOptions } from './tcpping/tcpping-discovery.ts'
export { TcppingDiscovery, tcpping } from './tcpping/tcpping-discovery.ts'
