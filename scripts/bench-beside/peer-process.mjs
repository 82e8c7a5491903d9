// node peer-process.mjs FOLDER ROLE PORT: the other side of peer.mjs. Says when it is connected; what asks then takes loads.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'

const [folder, role, port] = process.argv.slice(2)
const requireThere = createRequire(join(folder, 'package.json'))
const body = Buffer.alloc(128, 7)
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** The server was started just before. */
async function patiently(connect) {
  for (let tries = 0; ; tries++) {
    try {
      return await connect()
    } catch (error) {
      if (tries === 100) throw error
      await pause(50)
    }
  }
}

const roles = {
  async 'nats-answer'() {
    const { connect } = requireThere('nats')
    const link = await patiently(() => connect({ servers: `127.0.0.1:${port}` }))
    link.subscribe('bench', { callback: (_, message) => message.respond(message.data) })
    await link.flush()
  },
  async 'nats-ask'() {
    const { connect } = requireThere('nats')
    const link = await patiently(() => connect({ servers: `127.0.0.1:${port}` }))
    const one = async () => (await link.request('bench', body, { timeout: 10_000 })).data
    await takeLoads(one)
  },
  async 'redis-answer'() {
    const link = await redisLink()
    const answers = await redisLink()
    process.send?.('connected')
    for (;;) {
      const { element } = await link.brPop('requests', 0)
      const at = element.indexOf(' ')
      void answers.lPush(`reply ${element.slice(0, at)}`, element.slice(at + 1))
    }
  },
  async 'redis-ask'() {
    const links = []
    const sender = await redisLink()
    let asked = 0
    const text = body.toString('latin1')
    // Who waits for a list holds its connection: each call in flight has one of its own.
    const one = async () => {
      const link = links.pop() ?? (await redisLink())
      const place = `${process.pid}-${asked++}`
      void sender.lPush('requests', `${place} ${text}`)
      const { element } = await link.brPop(`reply ${place}`, 10)
      links.push(link)
      return element
    }
    await takeLoads(one)
  },
}

async function redisLink() {
  const { createClient } = requireThere('redis')
  return patiently(async () => {
    const link = createClient({ url: `redis://127.0.0.1:${port}`, socket: { reconnectStrategy: false } })
    link.on('error', () => undefined)
    await link.connect()
    return link
  })
}

async function takeLoads(one) {
  process.on('message', async (/** @type {{ ms: number, inFlight: number }} */ { ms, inFlight }) => {
    const startMs = performance.now()
    let count = 0
    const sender = async () => {
      while (performance.now() - startMs < ms) {
        if ((await one()).length !== body.length) throw new Error('a reply was wrong')
        count++
      }
    }
    await Promise.all(Array.from({ length: inFlight }, sender))
    process.send?.({ count, seconds: (performance.now() - startMs) / 1_000 })
  })
}

await roles[role]()
if (role !== 'redis-answer') process.send?.('connected')
