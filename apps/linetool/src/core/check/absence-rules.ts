import type { NodeReport } from '@ring/control-protocol'
import { quoted } from '../line/words.ts'
import { type Account, dumpOf, type PictureNode } from '../ring/picture.ts'
import { type CheckedRing, type Finding, namesText, type Rule } from './finding.ts'

/** A node that does not answer although others see it up: it hangs, or cannot be reached from here. */
export const silentNodes: Rule = {
  id: 'silent',
  about: 'a node does not answer, though others see it up, or nobody has ever seen it',
  look(ring) {
    return ring.picture.nodes.flatMap((node) => {
      if (node.answer.kind !== 'silent') return []
      const accounts = ring.accounts.of(node)
      const up = accounts.filter(({ report }) => report.state.up)
      if (up.length > 0) return [seenUp(node, node.answer.why, up)]
      return accounts.length > 0 ? [] : [neverSeen(node, node.answer.why, ring)]
    })
  },
}

function seenUp(node: PictureNode, why: string, up: readonly Account[]): Finding {
  const who = up.map(({ observer }) => observer.label)
  return {
    ...{ rule: 'silent', severity: 'error', node: node.label, between: who },
    text: `does not answer (${why}), though ${namesText(who)} ${who.length === 1 ? 'sees' : 'see'} it up`,
    mend: node.role === 'server' ? [`serviceout ${quoted(node.label)}`] : [],
    advice: 'Look whether its process hangs, or whether its control port cannot be reached from here.',
  }
}

function neverSeen(node: PictureNode, why: string, { answers }: CheckedRing): Finding {
  return {
    ...{ rule: 'silent', severity: answers.length === 0 ? 'error' : 'warning', node: node.label, between: [] },
    text: `does not answer (${why}), and no node that answers knows it`,
    mend: [],
    advice: 'Start it, or take it out of the configuration.',
  }
}

/** A node that is down, whether all agree or not: that they agree does not serve its keys. */
export const downNodes: Rule = {
  id: 'down',
  about: 'a node is down, also where all agree that it is',
  look(ring) {
    return ring.picture.nodes.flatMap((node) => {
      const accounts = ring.accounts.of(node).filter(({ report }) => !report.state.up)
      if (accounts.length === 0 || dumpOf(node) !== undefined) return []
      const { report } = accounts[0]!
      const who = accounts.map(({ observer }) => observer.label)
      return [node.role === 'server' ? downServer(node, report, who, ring) : downSlave(node, who)]
    })
  },
}

function downServer(node: PictureNode, { state }: NodeReport, who: readonly string[], ring: CheckedRing): Finding {
  const base = { rule: 'down', node: node.label, between: who } as const
  if (state.ring !== 'in') {
    const advice = 'Start it, or take it out of the configuration.'
    return { ...base, severity: 'warning', text: 'is down, and out of service', mend: [], advice }
  }
  const name = quoted(node.label)
  const byHand = ring.isAutomatic ? [] : ['merge start', 'merge complete']
  if (state.action === 'delete') {
    const mend = state.progress === 'done' ? ['merge complete'] : ['merge start', 'merge complete']
    const text = `is down, and on its way out of service (${state.progress}): its keys are still counted as its own`
    return { ...base, severity: 'error', text, mend, advice: undefined }
  }
  return {
    ...{ ...base, severity: 'error' },
    text: 'is down and still in service: where no replica has its keys, they fail',
    mend: [`serviceout ${name}`, ...byHand],
    advice: 'Start it again; if it does not come back, take it out of service.',
  }
}

function downSlave(node: PictureNode, who: readonly string[]): Finding {
  return {
    ...{ rule: 'down', severity: 'warning', node: node.label, text: 'is down', between: who, mend: [] },
    advice: 'Start it, if its clients are still needed.',
  }
}
