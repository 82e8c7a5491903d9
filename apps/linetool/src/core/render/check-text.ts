import type { NodeReport } from '@ring/control-protocol'
import { type SocketCounts, socketCounts, socketCountsSeenBy } from '../check/account-rules.ts'
import type { CheckResult, Verdict } from '../check/check.ts'
import { type Finding, namesText } from '../check/finding.ts'
import { Accounts, dumpOf, isRingNode, type PictureNode, type RingPicture } from '../ring/picture.ts'
import { withoutControls } from '../ring/reply.ts'
import { nodeJson, reportJson } from './node-json.ts'
import { counted } from './ring-text.ts'
import { ageText, stateCells, stateHead, updateText } from './state-cells.ts'
import { type Cell, tableText } from './table-text.ts'
import type { Paint, TextView } from './view.ts'

const words: Readonly<Record<Verdict, string>> = { ok: 'OK', warning: 'WARN', error: 'ERR' }
const paints: Readonly<Record<Verdict, Paint>> = { ok: 'green', warning: 'yellow', error: 'red' }

const head = ['node', ...stateHead] as const

/** Every node with its verdict, then what was found. */
export function checkText(picture: RingPicture, result: CheckResult, view: TextView): string {
  const accounts = new Accounts(picture)
  const hasLinks = countsLinks(picture)
  const rows = picture.nodes.map((node) => {
    const verdict = result.nodes.get(node.label) ?? 'ok'
    const counts = dumpOf(node) === undefined ? undefined : socketCounts(node)
    const best = accounts.best(node)
    const mark = { text: words[verdict], paint: paints[verdict] } as const
    return [
      mark,
      node.label,
      ...stateCells(best),
      ...(hasLinks ? [linksText(counts)] : []),
      ageText(best, picture.atMs),
    ]
  })
  const table = rows.length === 0 ? '' : tableText(['', ...head, ...(hasLinks ? ['links'] : []), 'for'], rows, view)
  return `${table}${result.findings.map((finding) => findingText(finding, view)).join('')}${sumText(result)}`
}

/** Only CHMPX's nodes tell of each connection. */
const countsLinks = ({ nodes }: RingPicture): boolean =>
  nodes.some((node) => dumpOf(node) !== undefined && !isRingNode(node))

const linksText = (counts: SocketCounts | undefined): string =>
  counts === undefined ? '-' : `${counts.in}/${counts.out}`

export function findingText(finding: Finding, view: TextView): string {
  const { severity, node, text, between, mend, advice } = finding
  const word = view.paint(paints[severity], words[severity].padEnd(4))
  const others = between.filter((name) => name !== node && !text.includes(name))
  const lines = [
    `${word} ${node === undefined ? '' : `${node} `}${text} [${finding.rule}]`,
    ...(others.length === 0 ? [] : [`     ${whoseWord(finding)} ${namesText(between)}`]),
    ...(mend.length === 0 ? [] : [`     mend:    ${mend.join('; ')}`]),
    ...(advice === undefined ? [] : [`     ${advice}`]),
  ]
  return `${lines.map(withoutStyledControls).join('\n')}\n`
}

/** Whether they disagree with the node, or only say so of it; of the ring, who is concerned. */
function whoseWord({ node, between }: Finding): string {
  if (node === undefined) return 'nodes:  '
  return between.includes(node) ? 'between:' : 'seen by:'
}

/** The first line begins with a painted word; the rest is from nodes. */
function withoutStyledControls(line: string, at: number): string {
  if (at > 0) return withoutControls(line)
  const end = line.indexOf(' ')
  return `${line.slice(0, end)}${withoutControls(line.slice(end))}`
}

function sumText({ findings, nodes }: CheckResult): string {
  const errors = findings.filter(({ severity }) => severity === 'error').length
  if (findings.length === 0) return `${counted(nodes.size, 'node')}, and all agree.\n`
  return `${counted(errors, 'error')}, ${counted(findings.length - errors, 'warning')} in ${counted(nodes.size, 'node')}.\n`
}

/** One node: what it says of itself, and what each other says of it. */
export function checkedNodeText(picture: RingPicture, node: PictureNode, result: CheckResult, view: TextView): string {
  const own = dumpOf(node)
  const others = new Accounts(picture).of(node)
  const rowOf = (who: string, report: NodeReport | undefined, counts: SocketCounts | undefined): readonly Cell[] => [
    who,
    ...stateCells(report),
    linksText(counts),
    report === undefined ? '-' : updateText(report),
  ]
  const rows = [
    rowOf('itself', own?.self, own && socketCounts(node)),
    ...others.map(({ observer, report }) => rowOf(observer.label, report, socketCountsSeenBy(observer, node))),
  ]
  const findings = result.findings.filter((finding) => finding.node === node.label)
  const verdict = result.nodes.get(node.label) ?? 'ok'
  const said = node.answer.kind === 'silent' ? `, does not answer: ${withoutControls(node.answer.why)}` : ''
  return [
    `${view.paint(paints[verdict], words[verdict])} ${node.label}${said}\n`,
    tableText(['said by', ...stateHead, 'links', 'last change'], rows, view),
    ...findings.map((finding) => findingText(finding, view)),
  ].join('')
}

/** The check in JSON: verdict, nodes with what each other says of them, findings. */
export function checkJson(picture: RingPicture, result: CheckResult, only?: PictureNode): object {
  const accounts = new Accounts(picture)
  const nodes = only === undefined ? picture.nodes : [only]
  const findings = result.findings.filter(({ node }) => only === undefined || node === only.label)
  return {
    verdict: only === undefined ? result.verdict : result.nodes.get(only.label),
    group: picture.group,
    nodes: nodes.map((node) => ({
      verdict: result.nodes.get(node.label),
      ...nodeJson(node, accounts),
      ...(only !== undefined && {
        accounts: accounts.of(node).map(({ observer, report }) => ({
          by: observer.label,
          ...reportJson(report),
          sockets: socketCountsSeenBy(observer, node),
        })),
      }),
    })),
    findings: findings.map(({ node, advice, ...finding }) => ({
      ...finding,
      node: node ?? null,
      advice: advice ?? null,
    })),
  }
}
