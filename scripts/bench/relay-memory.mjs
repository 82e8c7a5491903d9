// What large bodies cost the nodes that pass them on.
import { openStage } from './ring.mjs'
import { atMost, mega } from './row.mjs'

// Together with their heads they are a little more than the credit of the program that serves.
const load = { bytes: 1_048_576, inFlight: 16, whenFull: 'wait' }
const goalMegabytes = 64

/** The most that a node has resident while it relays 1 MiB bodies, over what it has when it is idle. */
export async function relayMemoryCase({ runs, tell }) {
  const stage = await openStage('four')
  const { slave, server } = stage.nodes
  try {
    const idle = await Promise.all([slave, server].map((node) => node.ask('memory')))
    tell(`16 in flight for ${runs} s`)
    const { count, seconds } = await stage.client.ask('requests', { ...load, ms: runs * 1_000 })
    const peaks = await Promise.all([slave, server].map((node) => node.ask('peak')))
    return ['slave', 'server'].map((role, at) => ({
      name: `${role} node that relays 1 MiB, 16 in flight: peak`,
      unit: 'MB RSS over idle',
      ...atMost((peaks[at] - idle[at].rss) / 1_048_576, goalMegabytes),
      note: `idle ${mega(idle[at].rss)} MB; ${Math.round(count / seconds)} round trips/s`,
    }))
  } finally {
    await stage.close()
  }
}
