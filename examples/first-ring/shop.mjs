// One of several processes that share the orders of a shop: node shop.mjs 9021, then 9031 and 9041 in other terminals.
import { startNode } from '@ring/node'

const node = await startNode({
  configuration: {
    GLOBAL: { GROUP: 'shop', FILEVERSION: 1, DELIVERMODE: 'hash' },
    RING: { BIND: '127.0.0.1', DISCOVERY: 'ping' },
  },
  ctlPort: Number(process.argv[2] ?? 9021),
})
const text = new TextDecoder()
// Answers for the customers whose keys are here, and asks for all, wherever they are.
const shop = node.embed({ role: 'server', name: 'shop' })
shop.serve(({ key, body }) => `${node.name} took ${text.decode(body)} of ${text.decode(key)}`)
await node.ready()

const customers = 20
let orders = 0
setInterval(async () => {
  const [order, customer] = [`order ${++orders}`, `customer ${orders % customers}`]
  try {
    console.log(text.decode(await shop.request(customer, order, { deadlineMs: 2000 })))
  } catch (error) {
    // NotDeliveredError: nobody saw it. MaybeDeliveredError: somebody may have. HandlerFailedError: the handler threw.
    console.log(`${order} of ${customer}: ${error.name} (${error.reason}), ${error.message}`)
  }
}, 200)
