import type { RingPicture } from '../ring/picture.ts'
import { downNodes, silentNodes } from './absence-rules.ts'
import {
  baseHashDiffers,
  impossibleStates,
  pendingHashDiffers,
  socketsDiffer,
  statusDiffers,
  unknownServers,
} from './account-rules.ts'
import {
  configurations,
  coordinators,
  groups,
  laggingRecords,
  lineages,
  ownWarnings,
  quorums,
} from './agreement-rules.ts'
import { checkedRing, type Finding, type Rule } from './finding.ts'
import {
  detachedServers,
  doneServers,
  nobodyServes,
  pendingServers,
  suspendedMerging,
  waitingMerge,
} from './merge-rules.ts'

/** Every rule of the check. What CHMPX's tool compares comes first. */
export const rules: readonly Rule[] = [
  ...[statusDiffers, baseHashDiffers, pendingHashDiffers, socketsDiffer],
  ...[silentNodes, downNodes, unknownServers, impossibleStates, nobodyServes, detachedServers],
  ...[quorums, lineages, coordinators, laggingRecords, groups, configurations],
  ...[doneServers, pendingServers, waitingMerge, suspendedMerging, ownWarnings],
]

export type Verdict = 'ok' | 'warning' | 'error'

export interface CheckResult {
  readonly verdict: Verdict
  /** Errors first. */
  readonly findings: readonly Finding[]
  /** Of each node, in the order of the picture. */
  readonly nodes: ReadonlyMap<string, Verdict>
}

/** Compares all that the nodes say, and finds what is wrong. */
export function checkRing(picture: RingPicture): CheckResult {
  const ring = checkedRing(picture)
  const found = rules.flatMap((rule) => rule.look(ring))
  const findings = [...found.filter(isError), ...found.filter((one) => !isError(one))]
  const nodes = new Map(
    picture.nodes.map(({ label }) => [label, verdictOf(findings.filter(({ node }) => node === label))] as const),
  )
  return { verdict: verdictOf(findings), findings, nodes }
}

const isError = ({ severity }: Finding): boolean => severity === 'error'

function verdictOf(findings: readonly Finding[]): Verdict {
  if (findings.some(isError)) return 'error'
  return findings.length > 0 ? 'warning' : 'ok'
}
