import { type NodeReport, nodeLabel, stateBits, updateTimeMs } from '@ring/control-protocol'
import { socketCounts } from '../check/account-rules.ts'
import { type Accounts, dumpOf, type PictureNode } from '../ring/picture.ts'

/** A node in JSON. Keys are added in later versions, and never changed. */
export function nodeJson(node: PictureNode, accounts: Accounts): object {
  const best = accounts.best(node)
  return {
    node: node.label,
    role: node.role,
    ...(node.id !== undefined && { id: node.id }),
    host: node.host,
    ctlPort: node.ctlPort,
    isConfigured: node.isConfigured,
    answers: node.answer.kind === 'dump',
    ...(node.answer.kind === 'silent' && { error: { code: node.answer.code, message: node.answer.why } }),
    ...(best !== undefined && reportJson(best)),
    ...(dumpOf(node) !== undefined && { sockets: socketCounts(node) }),
  }
}

/** What is said of a node, by itself or by another. */
export function reportJson(report: NodeReport): object {
  const { state, lastUpdate, baseHash, pendingHash } = report
  return {
    name: nodeLabel(report),
    ...(report.port !== undefined && { port: report.port }),
    cuk: report.cuk,
    customSeed: report.customSeed,
    endpoints: report.endpoints,
    ctlEndpoints: report.ctlendpoints,
    state: { ...state, bits: stateBits(state) },
    baseHash: baseHash ?? null,
    pendingHash: pendingHash ?? null,
    lastUpdate: String(lastUpdate),
    lastUpdateMs: updateTimeMs(lastUpdate),
  }
}
