import type { DeliveryState } from '@ring/platform'
import type { RingNode } from '../node.ts'

/** What the process around a node counts. */
export interface DaemonCounts {
  readonly lostLogLines: () => number
}

/** One number of `/metrics`, or one for each value of a label. */
export interface MetricDefinition {
  readonly name: string
  readonly kind: 'counter' | 'gauge'
  readonly help: string
  /** The label that tells the numbers apart; none: there is one number. */
  readonly label?: string
  readonly read: (node: RingNode, daemon: DaemonCounts) => number | Readonly<Record<string, number>>
}

const deliveryStates: readonly DeliveryState[] = ['open', 'unconfirmed', 'no-quorum', 'expelled', 'stopping']
const yes = (condition: boolean) => (condition ? 1 : 0)

/** All that Ring measures, by the name under which it is shown. docs/metrics.md is made from this list. */
export const metricDefinitions: readonly MetricDefinition[] = [
  {
    name: 'ring_ready',
    kind: 'gauge',
    help: 'Whether this node takes requests (1) or not (0); the same as /readyz.',
    read: (node) => yes(node.isReady),
  },
  {
    name: 'ring_non_primary',
    kind: 'gauge',
    help: 'Whether this node misses a quorum of voters (1): it keeps the last view, commits nothing, and delivers nothing.',
    read: ({ status: { group } }) => yes(group.phase === 'member' && group.nonPrimary),
  },
  {
    name: 'ring_primary',
    kind: 'gauge',
    help: 'Whether this server is primary (1): it holds a quorum lease, so no other side can be. Only with QUORUM = majority.',
    label: 'quorum',
    read: ({ role, settings, status: { group } }): Record<string, number> =>
      role === 'server' && settings.ring.quorum === 'majority'
        ? { majority: yes(group.phase === 'member' && group.primary) }
        : {},
  },
  {
    name: 'ring_can_vote',
    kind: 'gauge',
    help: 'Whether this server stores what it votes (1); 0: its state directory cannot be written, and others coordinate. Only with QUORUM = majority.',
    label: 'quorum',
    read: ({ role, settings, canVote }): Record<string, number> =>
      role === 'server' && settings.ring.quorum === 'majority' ? { majority: yes(canVote) } : {},
  },
  {
    name: 'ring_undialable',
    kind: 'gauge',
    help: 'Servers that could not be dialled in the last minute although they talk: others (by this one), and self (how many others say so of this one).',
    label: 'who',
    read: ({ reach }) => ({ others: reach.others.length, self: reach.by.length }),
  },
  {
    name: 'ring_delivery_state',
    kind: 'gauge',
    help: 'What may pass to programs of this node: 1 for the state it is in (open; or unconfirmed, no-quorum, expelled, stopping), else 0.',
    label: 'state',
    read: ({ status: { delivery } }) =>
      Object.fromEntries(deliveryStates.map((state) => [state, yes(state === delivery)])),
  },
  {
    name: 'ring_members',
    kind: 'gauge',
    help: 'Servers in the committed view.',
    read: ({ status }) => status.record?.view.members.length ?? 0,
  },
  {
    name: 'ring_view_version',
    kind: 'gauge',
    help: 'Version of the committed record; nodes that differ for long have lost each other.',
    read: ({ status }) => status.record?.version ?? 0,
  },
  {
    name: 'ring_views_total',
    kind: 'counter',
    help: 'Views that this node installed.',
    read: ({ membershipCounts }) => membershipCounts.views,
  },
  {
    name: 'ring_departures_total',
    kind: 'counter',
    help: 'Members that went, by why: left (in order), gone (refused and confirmed), failed (silent), replaced, expelled.',
    label: 'why',
    read: ({ membershipCounts }) => membershipCounts.departures,
  },
  {
    name: 'ring_suspicions_total',
    kind: 'counter',
    help: 'Members that this node suspected because they were silent; most come back and stay.',
    read: ({ membershipCounts }) => membershipCounts.suspicions,
  },
  {
    name: 'ring_merges_total',
    kind: 'counter',
    help: 'Views in which groups that were apart came together (QUORUM = none).',
    read: ({ membershipCounts }) => membershipCounts.merges,
  },
  {
    name: 'ring_programs',
    kind: 'gauge',
    help: 'Programs attached to this node, by role.',
    label: 'role',
    read: ({ status: { programs } }) => ({
      server: programs.filter(({ role }) => role === 'server').length,
      client: programs.filter(({ role }) => role === 'client').length,
    }),
  },
  {
    name: 'ring_requests_total',
    kind: 'counter',
    help: 'Requests and one-way messages passed on; a broadcast counts once for each server.',
    read: ({ counters }) => counters.requests,
  },
  {
    name: 'ring_answers_total',
    kind: 'counter',
    help: 'Answers and acknowledgements passed back.',
    read: ({ counters }) => counters.answers,
  },
  {
    name: 'ring_refused_total',
    kind: 'counter',
    help: 'Requests that this node ended with a failure, by reason (docs/protocol.md section 3.4).',
    label: 'reason',
    read: ({ counters }) => ({ ...counters.refused }),
  },
  {
    name: 'ring_received_bytes_total',
    kind: 'counter',
    help: 'Bytes of frames received on data and program links.',
    read: ({ counters }) => counters.bytesIn,
  },
  {
    name: 'ring_held_total',
    kind: 'counter',
    help: 'Frames that waited for a newer routing, for a move of data to end, for the first link to a server, or for the word after a pause (rules D3, D5, M3).',
    read: ({ counters }) => counters.held,
  },
  {
    name: 'ring_dropped_total',
    kind: 'counter',
    help: 'Frames dropped because nobody waited for them any more, by kind (rule K1).',
    label: 'kind',
    read: ({ counters }) => ({
      answer: counters.staleAnswers,
      chunk_or_cancel: counters.staleFrames,
      asker_gone: counters.answersWithoutAsker,
    }),
  },
  {
    name: 'ring_expired_total',
    kind: 'counter',
    help: 'Exchanges given up because nobody answered in time.',
    read: ({ counters }) => counters.expired,
  },
  {
    name: 'ring_link_violations_total',
    kind: 'counter',
    help: 'Links closed because the peer broke a bound or a rule of the protocol.',
    read: ({ counters }) => counters.violations,
  },
  {
    name: 'ring_silent_links_total',
    kind: 'counter',
    help: 'Data links given up because nothing arrived at one of their ends (docs/operations.md, `link.silent`).',
    read: ({ counters }) => counters.silentLinks,
  },
  {
    name: 'ring_refused_peers_total',
    kind: 'counter',
    help: 'Connections from nodes and strangers that were turned away, by reason (docs/security.md).',
    label: 'reason',
    read: ({ status }) => status.refusedPeers,
  },
  {
    name: 'ring_rejected_dials_total',
    kind: 'counter',
    help: 'Dials of this node that somebody answered who did not let it in, or was not who was wanted, by reason (docs/security.md).',
    label: 'reason',
    read: ({ status }) => status.rejectedDials,
  },
  {
    name: 'ring_discovery_refused_total',
    kind: 'counter',
    help: 'Discovery datagrams that were dropped, by reason (docs/operations.md, `discovery.refused`).',
    label: 'reason',
    read: ({ discovery }) => discovery.refused,
  },
  {
    name: 'ring_gossip_router_members',
    kind: 'gauge',
    help: 'Members registered at the gossip router in this node (`ROUTERPORT`).',
    read: ({ discovery }) => discovery.router?.registrations ?? 0,
  },
  {
    name: 'ring_gossip_router_refused_total',
    kind: 'counter',
    help: 'Connections that the gossip router in this node ended, by reason.',
    label: 'reason',
    read: ({ discovery }) => discovery.router?.refused ?? {},
  },
  {
    name: 'ring_certificate_expiry_timestamp_seconds',
    kind: 'gauge',
    help: 'When the certificate in use ends, in Unix seconds, by its file.',
    label: 'file',
    read: ({ status }) =>
      Object.fromEntries(status.certificates.map(({ path, notAfterMs }) => [path, notAfterMs / 1000])),
  },
  {
    name: 'ring_configuration_needs_restart',
    kind: 'gauge',
    help: 'Keys of the configuration that were changed, and take effect at the next start.',
    read: ({ status }) => status.configuration.needRestart.length,
  },
  {
    name: 'ring_events_total',
    kind: 'counter',
    help: 'Log events by name (docs/operations.md), counted whether or not their level is printed.',
    label: 'event',
    read: ({ eventCounts }) => eventCounts,
  },
  {
    name: 'ring_log_lines_lost_total',
    kind: 'counter',
    help: 'Log lines that could not be written, since the disk was full or nobody read them.',
    read: (_, { lostLogLines }) => lostLogLines(),
  },
]
