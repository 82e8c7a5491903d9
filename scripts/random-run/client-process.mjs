// A client program: makes its share of the calls, of every kind, and writes down how each of them ended.
import { Caller } from './caller.mjs'
import { loadMessaging, loadNode } from './code.mjs'

const { node, embedded, ...given } = JSON.parse(process.argv[2])

async function program() {
  if (!embedded) {
    const { attachProgram } = await loadMessaging()
    const options = { runtimeDirectory: node.runtimeDirectory, name: `client ${given.client}`, reattach: true }
    return attachProgram({ ...options, role: 'client' })
  }
  const { startNode } = await loadNode()
  const silent = () => {}
  const logger = { debug: silent, info: silent, warn: silent, error: silent }
  const slave = await startNode({ configuration: node.configuration, ctlPort: node.ctlPort, logger })
  await slave.ready()
  return slave.embed({ role: 'client', name: `client ${given.client}` })
}

const caller = new Caller(await program(), given)
process.on('disconnect', () => process.exit())
process.on('message', async (order) => {
  if (order === 'stop') return caller.stop()
  process.send?.({ event: 'ended', ...(await caller.run()) })
})
process.send?.({ event: 'up' })
