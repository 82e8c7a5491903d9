// A gossip router of its own process, for `npm run bench:membership`.

/** The built package, with the types of its source: a checkout that is not built can be checked, too. */
const built = (path) => import(new URL(path, import.meta.url).href)
const { GossipRouter } = /** @type {typeof import('../../packages/discovery/src/index.ts')} */ (
  await built('../../packages/discovery/dist/index.js')
)

const { port } = await new GossipRouter({ hosts: ['127.0.0.1'], port: 0 }).start()
process.send?.({ port })
process.on('disconnect', () => process.exit())
