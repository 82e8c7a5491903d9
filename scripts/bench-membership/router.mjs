// A gossip router of its own process, for `npm run bench:membership`.
import { GossipRouter } from '../../packages/discovery/dist/index.js'

const { port } = await new GossipRouter({ hosts: ['127.0.0.1'], port: 0 }).start()
process.send?.({ port })
process.on('disconnect', () => process.exit())
