import type { NodeDump } from '@ring/control-protocol'
import { quoted } from '../line/words.ts'
import { type CheckedRing, type Finding, namesText, type Rule } from './finding.ts'

type Answers = CheckedRing['answers']

/** The nodes by what they say; those that say nothing are left out. */
function bySaying(answers: Answers, said: (dump: NodeDump) => string | undefined): ReadonlyMap<string, string[]> {
  const found = new Map<string, string[]>()
  for (const { node, dump } of answers) {
    const text = said(dump)
    if (text !== undefined) found.set(text, [...(found.get(text) ?? []), node.label])
  }
  return found
}

const sides = (found: ReadonlyMap<string, readonly string[]>): string =>
  [...found].map(([text, who]) => `${text} (${namesText(who)})`).join(', ')

function disagreement(
  rule: string,
  text: string,
  found: ReadonlyMap<string, readonly string[]>,
  advice: string,
): Finding {
  return { rule, severity: 'error', node: undefined, text, between: [...found.values()].flat(), mend: [], advice }
}

/** Nodes that answer as one ring and are two. */
export const lineages: Rule = {
  id: 'lineage',
  about: 'nodes hold records of different lineages: they are not one ring',
  look({ answers }) {
    const found = bySaying(answers, ({ ring }) => ring?.record?.lineage)
    if (found.size < 2) return []
    const advice =
      'With QUORUM = none they merge by themselves once they reach each other; with majority a side was recovered by force, and the others have to join it anew.'
    return [disagreement('lineage', `nodes hold records of ${found.size} lineages: ${sides(found)}`, found, advice)]
  },
}

/** Nodes that have not heard of the last change. */
export const laggingRecords: Rule = {
  id: 'record-behind',
  about: "a node's record is behind the newest one",
  look({ answers }) {
    const newest = new Map<string, number>()
    for (const { dump } of answers) {
      const record = dump.ring?.record
      if (record !== undefined) newest.set(record.lineage, Math.max(newest.get(record.lineage) ?? 0, record.version))
    }
    const ahead = (lineage: string, version: number) =>
      answers.filter(({ dump }) => dump.ring?.record?.lineage === lineage && dump.ring.record.version === version)
    return answers.flatMap(({ node, dump }) => {
      const record = dump.ring?.record
      const last = record === undefined ? undefined : newest.get(record.lineage)
      if (record === undefined || last === undefined || record.version === last) return []
      return [
        {
          ...({ rule: 'record-behind', severity: 'warning', node: node.label } as const),
          text: `holds version ${record.version} of the record, and the newest is ${last}`,
          between: [node.label, ...ahead(record.lineage, last).map((one) => one.node.label)],
          mend: node.role === 'server' ? [`statusupdate ${quoted(node.label)}`] : [],
          advice: 'A change that is on its way looks like this for a moment: check again first.',
        },
      ]
    })
  },
}

export const coordinators: Rule = {
  id: 'coordinators',
  about: 'nodes name different coordinators',
  look({ answers }) {
    const found = bySaying(answers, ({ ring }) => ring?.coordinator)
    if (found.size < 2) return []
    const advice =
      'They cannot hear each other, or have only just changed: check again, then look at the network between them.'
    return [disagreement('coordinators', `nodes name ${found.size} coordinators: ${sides(found)}`, found, advice)]
  },
}

/** A node that may not act for the group. */
export const quorums: Rule = {
  id: 'no-quorum',
  about: 'a node has no quorum, and commits nothing',
  look({ answers }) {
    const lacking = answers.filter(({ dump }) => dump.ring?.quorum.mode === 'majority' && !dump.ring.quorum.isPrimary)
    if (lacking.length === 0) return []
    const missing = [...new Set(lacking.flatMap(({ dump }) => dump.ring?.quorum.missing ?? []))]
    const who = lacking.map(({ node }) => node.label)
    const whom = missing.length === 0 ? '' : `; missing: ${namesText(missing)}`
    return [
      {
        ...({ rule: 'no-quorum', severity: 'error', node: undefined, between: who } as const),
        text: `${namesText(who)} ${who.length === 1 ? 'has' : 'have'} no quorum${whom}`,
        mend: missing.map((name) => `serviceout ${quoted(name)} --force`),
        advice:
          missing.length === 0
            ? 'Wait a moment: a quorum is being asked.'
            : 'Start the missing servers. Only if they are lost for good: the command, which gives up what they alone hold.',
      },
    ]
  },
}

export const groups: Rule = {
  id: 'group',
  about: 'nodes of different groups answer',
  look({ answers }) {
    const found = bySaying(answers, ({ group }) => group)
    if (found.size < 2) return []
    return [
      disagreement('group', `nodes of ${found.size} groups answer: ${sides(found)}`, found, 'Name one with --group.'),
    ]
  },
}

/** What has to be the same in all files. */
const common: readonly (readonly [key: string, said: (dump: NodeDump) => string])[] = [
  ['DELIVERMODE', ({ configuration }) => (configuration.isRandomDelivery ? 'random' : 'hash')],
  ['REPLICA', ({ configuration }) => String(configuration.replicas)],
  ['CHMPXIDTYPE', ({ configuration }) => configuration.idType],
  ['AUTOMERGE', ({ configuration }) => (configuration.autoMerge ? 'yes' : 'no')],
  ['DOMERGE', ({ configuration }) => (configuration.doMerge ? 'yes' : 'no')],
]

export const configurations: Rule = {
  id: 'configuration',
  about: 'nodes were started with different configurations',
  look({ answers }) {
    return common.flatMap(([key, said]) => {
      const found = bySaying(answers, said)
      if (found.size < 2) return []
      const advice = 'Give all nodes the same file, and start those anew that have the wrong one.'
      return [
        { ...disagreement('configuration', `${key} is ${sides(found)}`, found, advice), severity: 'warning' } as const,
      ]
    })
  },
}

/** What a node itself has to say. */
export const ownWarnings: Rule = {
  id: 'own-warning',
  about: 'a node warns of something itself',
  look({ answers }) {
    return answers.flatMap(({ node, dump }) =>
      (dump.ring?.warnings ?? []).map(
        (text) =>
          ({
            ...{ rule: 'own-warning', severity: 'warning', node: node.label, text: `warns: ${text}` },
            ...{ between: [node.label], mend: [], advice: undefined },
          }) as const,
      ),
    )
  },
}
