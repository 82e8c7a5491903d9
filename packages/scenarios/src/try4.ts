import { LargeGroup } from './large-group.ts'
const large = new LargeGroup({ members: 6, seed: 1, quorum: 'majority' })
try { large.grow() } catch (e) { console.log(String(e)) }
for (const n of large.nodes) console.log(n.name, n.process!.names, JSON.stringify(n.process!.membership.status), n.process!.membership.record?.version)
