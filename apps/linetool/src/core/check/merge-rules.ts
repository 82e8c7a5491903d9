import type { MergeReport, NodeReport } from '@ring/control-protocol'
import { quoted } from '../line/words.ts'
import type { PictureNode } from '../ring/picture.ts'
import { type CheckedRing, type Finding, namesText, type Rule } from './finding.ts'

interface Standing {
  readonly node: PictureNode
  readonly report: NodeReport
}

/** Servers with what is best known of them. */
function standings({ servers, accounts }: CheckedRing): readonly Standing[] {
  return servers.flatMap((node) => {
    const report = accounts.best(node)
    return report === undefined ? [] : [{ node, report }]
  })
}

const labels = (found: readonly Standing[]): readonly string[] => found.map(({ node }) => node.label)

const ofRing = (finding: Omit<Finding, 'node' | 'advice'> & Partial<Finding>): Finding => ({
  node: undefined,
  advice: undefined,
  ...finding,
})

/** Merging is held back, or not everywhere. */
export const suspendedMerging: Rule = {
  id: 'suspended',
  about: 'merging is suspended, or only some nodes think so',
  look({ answers }) {
    const suspended = answers.filter(({ dump }) => dump.isSuspended).map(({ node }) => node.label)
    const going = answers.filter(({ dump }) => !dump.isSuspended).map(({ node }) => node.label)
    if (suspended.length === 0) return []
    if (going.length === 0) {
      const text = 'merging is suspended: servers that come, go or die wait'
      return [ofRing({ rule: 'suspended', severity: 'warning', text, between: suspended, mend: ['nosuspend'] })]
    }
    const text = `merging is suspended for ${namesText(suspended)}, and not for ${namesText(going)}`
    const advice = 'Or suspend, if that is what is meant.'
    return [
      ofRing({
        rule: 'suspended',
        severity: 'error',
        text,
        between: [...suspended, ...going],
        mend: ['nosuspend'],
        advice,
      }),
    ]
  },
}

/** Servers that wait for a merge that nobody has started. */
export const pendingServers: Rule = {
  id: 'pending',
  about: 'servers wait for a merge to be started',
  look(ring) {
    const all = standings(ring)
    const pending = all.filter(({ report: { state } }) => state.progress === 'pending' && state.up)
    const isMerging = all.some(({ report: { state } }) => state.progress === 'doing' || state.progress === 'done')
    if (pending.length === 0 || isMerging || ring.isAutomatic) return []
    const isHeld = ring.answers.some(({ dump }) => dump.configuration.autoMerge && dump.isSuspended)
    const text = `${namesText(labels(pending))} ${pending.length === 1 ? 'waits' : 'wait'} for a merge`
    const mend = isHeld ? ['nosuspend'] : ['merge start', 'merge complete']
    const advice = isHeld ? 'Or merge start and merge complete, with merging still suspended.' : undefined
    return [ofRing({ rule: 'pending', severity: 'warning', text, between: labels(pending), mend, advice })]
  },
}

/** All that take part are done, and nobody has completed it. */
export const doneServers: Rule = {
  id: 'done',
  about: 'a merge is done and waits to be completed',
  look(ring) {
    const all = standings(ring)
    const done = all.filter(({ report: { state } }) => state.progress === 'done')
    const isUnderWay = all.some(({ report: { state } }) => state.progress === 'doing')
    if (done.length === 0 || isUnderWay) return []
    const stuck = ring.isAutomatic ? ', though AUTOMERGE should have completed it' : ''
    const text = `the merge of ${namesText(labels(done))} is done and not completed${stuck}`
    const severity = ring.isAutomatic ? 'error' : 'warning'
    const advice = 'Or merge abort, which undoes it.'
    return [ofRing({ rule: 'done', severity, text, between: labels(done), mend: ['merge complete'], advice })]
  },
}

/** For whom a merge waits, as Ring's nodes tell it. */
export const waitingMerge: Rule = {
  id: 'merge-waits',
  about: 'a merge waits for a server',
  look({ answers }) {
    const merges = new Map<string, { readonly merge: MergeReport; readonly who: string[] }>()
    for (const { node, dump } of answers) {
      const merge = dump.ring?.merge
      if (merge === undefined) continue
      const known = merges.get(merge.id)
      if (known === undefined) merges.set(merge.id, { merge, who: [node.label] })
      else known.who.push(node.label)
    }
    return [...merges.values()].flatMap(({ merge, who }) =>
      merge.waitingFor.map(({ server, why }) => ({
        ...({ rule: 'merge-waits', severity: 'warning', node: server, between: who } as const),
        text: `the merge ${merge.id} (${merge.phase}) waits for it: ${why}`,
        mend: ['merge abort'],
        advice: 'Wait while it gets on; merge abort gives it up and undoes it.',
      })),
    )
  },
}

/** A server in service that no program serves. */
export const detachedServers: Rule = {
  id: 'detached',
  about: 'a server in service has no program attached',
  look(ring) {
    return standings(ring).flatMap(({ node, report: { state } }) =>
      state.ring === 'in' && state.up && state.detached
        ? [
            {
              ...({ rule: 'detached', severity: 'error', node: node.label, between: [node.label], mend: [] } as const),
              text: 'is in service, and no program is attached: its keys are not served by it',
              advice: `Start its server program; or take it out of service: serviceout ${quoted(node.label)}`,
            },
          ]
        : [],
    )
  },
}

/** Nobody serves. */
export const nobodyServes: Rule = {
  id: 'nobody-serves',
  about: 'no server is in service and up',
  look(ring) {
    const all = standings(ring)
    if (all.length === 0 || all.some(({ report: { state } }) => state.ring === 'in' && state.up)) return []
    const ready = all.filter(({ report: { state } }) => state.up && !state.detached)
    const advice = ready.length === 0 ? 'Start a server and a server program.' : undefined
    const mend = ready.map(({ node }) => `servicein ${quoted(node.label)}`)
    const byHand = mend.length > 0 && !ring.isAutomatic ? ['merge start', 'merge complete'] : []
    const text = 'no server is in service and up: every request fails'
    return [
      ofRing({
        rule: 'nobody-serves',
        severity: 'error',
        text,
        between: labels(all),
        mend: [...mend, ...byHand],
        advice,
      }),
    ]
  },
}
