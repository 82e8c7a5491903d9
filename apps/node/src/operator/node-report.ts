import type { GroupRecord } from '@ring/gms'
import type { AttachedProgram } from '@ring/messaging'
import type { KeyStatus } from '../access/key-standing.ts'
import type { RingNode } from '../node.ts'
import { type Waiting, waitingFor } from '../running/waiting-for.ts'
import { packageVersion } from '../version.ts'
import type { NodeStatus } from './node-status.ts'

/** What `ring-node status --json` prints. Fields may be added. */
export interface StatusReport {
  readonly node: string
  readonly role: string
  readonly group: string
  readonly version: string
  readonly pid: number
  readonly ready: boolean
  readonly witness: boolean
  readonly waiting: Waiting | null
  /** Phase, and with QUORUM = majority who may act. */
  readonly membership: NodeStatus['group']
  /** What may pass to programs: `open`, or why nothing does. */
  readonly delivery: NodeStatus['delivery']
  readonly record: {
    readonly lineage: string
    readonly version: number
    readonly epoch: number
    readonly members: number
    readonly coordinator: string
  } | null
  readonly programs: readonly AttachedProgram[]
  readonly keys: number
  readonly warnings: readonly string[]
  readonly needRestart: readonly string[]
  readonly certificates: NodeStatus['certificates']
  readonly refusedPeers: NodeStatus['refusedPeers']
  readonly rejectedDials: NodeStatus['rejectedDials']
}

/** What `ring-node members --json` prints. */
export interface MembersReport {
  readonly node: string
  readonly version: number | null
  /** In the order of the view: the first one coordinates. */
  readonly members: readonly {
    readonly name: string
    readonly address: string
    readonly incarnation: number
    readonly self: boolean
    readonly coordinator: boolean
    readonly voter: boolean
    readonly witness: boolean
    readonly zone: string | null
    readonly version: string | null
  }[]
}

/** What `ring-node keys --json` prints: fingerprints as `ring-node key` shows them, never a key. */
export interface KeysReport {
  readonly node: string
  /** The first one signs. */
  readonly keys: readonly KeyStatus[]
  /** Files that could not be taken over; the keys before are still in use. */
  readonly problems: readonly string[]
}

export function statusReport(node: RingNode): StatusReport {
  const { status, settings } = node
  const { record, group } = status
  return {
    ...{ node: status.name, role: status.role, group: settings.configuration.global.group },
    ...{ version: packageVersion(), pid: process.pid, ready: status.ready, witness: status.witness },
    waiting: waitingFor(status, serverNames(node)) ?? null,
    membership: group,
    delivery: status.delivery,
    record: record ? recordReport(record) : null,
    programs: status.programs,
    keys: status.keys,
    warnings: status.warnings,
    needRestart: status.configuration.needRestart,
    certificates: status.certificates,
    refusedPeers: status.refusedPeers,
    rejectedDials: status.rejectedDials,
  }
}

/** The servers that this node knows from its configuration. */
export const serverNames = ({ settings }: RingNode) => settings.servers.map(({ name }) => String(name))

function recordReport({ lineage, version, epoch, view }: GroupRecord): StatusReport['record'] {
  return { lineage, version, epoch, members: view.members.length, coordinator: view.members[0]?.name ?? '' }
}

export function membersReport({ status }: RingNode): MembersReport {
  const { record, name } = status
  const members = record?.view.members ?? []
  return {
    node: name,
    version: record?.version ?? null,
    members: members.map((member, at) => ({
      ...{ name: member.name, address: member.address, incarnation: member.incarnation },
      self: member.name === name,
      coordinator: at === 0,
      voter: record?.voters.some((voter) => voter.name === member.name) ?? false,
      witness: member.witness ?? false,
      zone: member.metadata?.zone ?? null,
      version: member.metadata?.version ?? null,
    })),
  }
}

export function keysReport({ status }: RingNode): KeysReport {
  return { node: status.name, keys: status.groupKeys, problems: status.keyProblems }
}
