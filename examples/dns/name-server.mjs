// A name server for trying DISCOVERY = dns on one machine: every name has an SRV record for each port that is given, and
// is 127.0.0.1 itself. Never for production.
//
//   node examples/dns/name-server.mjs 5353 9020 9030 9040
import { createSocket } from 'node:dgram'
import { decode, encode } from 'dns-packet'

const [listenPort, ...ports] = process.argv.slice(2).map(Number)
if (!listenPort || ports.length === 0 || ports.some((port) => !(port > 0))) {
  console.error('usage: node examples/dns/name-server.mjs LISTEN-PORT NODE-PORT...')
  process.exit(2)
}

const ttl = 5
const records = {
  SRV: (name) => ports.map((port) => ({ type: 'SRV', name, ttl, data: { target: 'localhost.test', port } })),
  A: (name) => [{ type: 'A', name, ttl, data: '127.0.0.1' }],
}

const socket = createSocket('udp4')
socket.on('message', (bytes, from) => {
  try {
    const { id, questions = [] } = decode(bytes)
    const answers = questions.flatMap(({ type, name }) => records[type]?.(name) ?? [])
    socket.send(encode({ type: 'response', id, questions, answers }), from.port, from.address)
  } catch (error) {
    console.error(`no answer to ${from.address}: ${error.message}`)
  }
})
socket.bind(listenPort, '127.0.0.1', () => console.log(`any name, on 127.0.0.1:${listenPort}: SRV ports ${ports.join(', ')}`))
