import { createMessaging, type DataDialer, systemClock } from '@ring/messaging'
import { incarnation, nodeName } from '@ring/platform'

/** A ring of one server, with both programs inside: `node --conditions=@ring/source --import tsx examples/one-process.ts`. */

const noOtherServers: DataDialer = {
  open: (_server, events) => {
    events.onFailed(new Error('there is nobody to dial'))
    return { cancel: () => undefined }
  },
}

const messaging = await createMessaging({
  group: 'demo',
  name: nodeName('localhost:8021'),
  incarnation: incarnation(1),
  role: 'server',
  clock: systemClock,
  random: { uint32: () => Math.floor(Math.random() * 0x1_0000_0000) },
  dialer: noOtherServers,
})

messaging.setRouting({
  version: 1,
  epoch: 1,
  mode: 'hash',
  strategy: 'ring',
  partitions: 1,
  servers: [{ name: 'localhost:8021', incarnation: 1, address: 'localhost:8020', up: true }],
  width: 1,
  owners: new Uint16Array([0]),
  changedAt: new Float64Array([1]),
})

messaging.embed({ role: 'server', name: 'greeter' }).serve((request) => {
  return new TextEncoder().encode(`hello, ${new TextDecoder().decode(request.key)}`)
})
const client = messaging.embed({ role: 'client', name: 'asker' })
const reply = await client.request('world', new Uint8Array())
console.log(new TextDecoder().decode(reply))
await messaging.stop()
