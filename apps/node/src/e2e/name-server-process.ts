// For undialable.test.ts: a name server on this machine, for which every name is all of the addresses given.
// Arguments: where it listens, then the addresses.
import { createSocket } from 'node:dgram'
import { decode, encode } from 'dns-packet'

const [listenAddress = '', ...addresses] = process.argv.slice(2)
const socket = createSocket('udp4')
socket.on('message', (bytes, from) => {
  const { id, questions = [] } = decode(bytes)
  const answers = questions.flatMap(({ type, name }) =>
    type === 'A' ? addresses.map((data) => ({ type, name, ttl: 1, data })) : [],
  )
  socket.send(
    encode({ type: 'response', ...(id !== undefined && { id }), questions, answers }),
    from.port,
    from.address,
  )
})
socket.bind(5_353, listenAddress, () => console.log('listening'))
