import { LargeGroup } from './large-group.ts'
const members = Number(process.argv[2] ?? 100)
const minutes = Number(process.argv[3] ?? 1)
const mode = process.argv[4] as 'link' | 'datagram'
let t = performance.now()
const lap = (what: string, x: unknown) => { console.log(what, x, `${Math.round(performance.now() - t)} ms cpu`); t = performance.now() }
const large = new LargeGroup({ members, seed: 1, quorum: 'none' })
lap('grown', large.grow())
const { network } = large.world
network.options = { ...network.options, mode, loss: mode === 'link' ? 0 : 0.05, delay: { minMs: 50, meanMs: 75 } }
const v0 = large.nodes[0]!.process!.membership.record!.version
const r0 = large.rejoins
large.pass(minutes * 60_000)
lap('after loss', { rejoins: large.rejoins - r0, versions: large.nodes[0]!.process!.membership.record!.version - v0 })
