import { incarnation, type LinkHandler, nodeName } from '@ring/platform'
import { DirectLink } from '../src/direct-link.ts'
import { createMessaging, type DataDialer } from '../src/index.ts'
import { nodeOptions } from './embedded.ts'
import { staticRouting } from './plain-links.ts'
import { body, drive } from './processes.ts'

/** What both ends know, as nodes of this version do. */
const knowing = { pings: false, services: true }

/** Slave and server node in one process, without sockets: the processor time of Ring's own code for a round trip. */
async function run(inFlight: number, runMs: number): Promise<void> {
  const server = await createMessaging(nodeOptions('server', 'server'))
  const dialer: DataDialer = {
    open: (_server, events) => {
      const asks = new DirectLink('after the turn')
      const answers = new DirectLink('after the turn')
      asks.connect(answers)
      process.nextTick(() => {
        answers.handle(
          server.acceptDataLink(
            { name: nodeName('slave'), incarnation: incarnation(1), role: 'slave' },
            answers,
            knowing,
          ),
        )
        asks.handle(events.onOpen(asks, knowing) satisfies LinkHandler)
      })
      return { cancel: () => undefined }
    },
  }
  const slave = await createMessaging({ ...nodeOptions('slave', 'slave'), dialer })
  const routing = staticRouting([{ name: 'server', address: '' }])
  server.setRouting(routing)
  slave.setRouting(routing)
  server.embed({ role: 'server', name: 'echo' }).serve((request) => request.body)
  const client = slave.embed({ role: 'client', name: 'driver' })
  const keys = Array.from({ length: inFlight }, (_, worker) => `key${worker}`)
  const call = (worker: number): Promise<Uint8Array> => client.request(keys[worker]!, body)
  await client.request('first', body, { idempotent: true })
  await drive(inFlight, 1_000, call)
  const before = process.cpuUsage()
  const trips = await drive(inFlight, runMs, call)
  const used = process.cpuUsage(before)
  console.log(`${inFlight} in flight: ${((used.user + used.system) / trips).toFixed(2)} us of processor a trip`)
}

if (process.send === undefined) await run(Number(process.argv[2] ?? 64), Number(process.argv[3] ?? 3_000))
