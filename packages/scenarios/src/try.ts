import { LargeGroup } from './large-group.ts'

const members = Number(process.argv[2] ?? 100)
const quorum = (process.argv[3] ?? 'none') as 'none' | 'majority'
let t = performance.now()
const lap = (what: string, x: unknown) => {
  console.log(what, x, `${Math.round(performance.now() - t)} ms cpu`)
  t = performance.now()
}
const large = new LargeGroup({ members, seed: 1, quorum })
lap('grown', large.grow())
lap('grown view', large.nodes[0]!.process!.membership.record!.view.members.length)
large.pass(20_000)
lap('background', JSON.stringify(large.background(20_000)))
lap('crash', large.detection('crash'))
large.pass(5000)
lap('silent', large.detection('silent'))
large.pass(5000)
const first = large.nodes.findIndex(
  (n) => n.name === large.nodes.find((m) => m.isUp)!.process!.membership.record!.view.members[0]!.name,
)
lap('coordinator', first)
console.log(process.memoryUsage().rss / 1e6)
