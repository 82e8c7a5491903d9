// node peer-process.mjs ROLE PORT: the other side of peer.mjs. Says when it is connected; what asks then takes loads.
import { performance } from 'node:perf_hooks'
import { Redis } from 'ioredis'
import { connect } from 'nats'

const [role, port] = process.argv.slice(2)
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const space = 32
/** What one command of Redis takes from the list of requests at the most. */
const takenAtOnce = '64'

const roles = {
  async 'nats-answer'() {
    const link = await natsLink()
    link.subscribe('bench', { callback: (_, message) => message.respond(message.data) })
    await link.flush()
  },
  async 'nats-ask'() {
    const link = await natsLink()
    takeLoads(async (body) => (await link.request('bench', body, { timeout: 10_000 })).data)
  },
  async 'redis-answer'() {
    const [link, answers] = [await redisLink(), await redisLink()]
    void (async () => {
      for (;;) {
        const taken = await link.callBuffer('BLMPOP', '0', '1', 'requests', 'RIGHT', 'COUNT', takenAtOnce)
        const [, requests] = /** @type {[Buffer, Buffer[]]} */ (taken)
        for (const request of requests) {
          const at = request.indexOf(space)
          void answers.lpush(request.subarray(0, at), request.subarray(at + 1))
        }
      }
    })()
  },
  async 'redis-ask'() {
    const links = []
    const sender = await redisLink()
    let asked = 0
    // Who waits for a list holds its connection: each call in flight has one of its own.
    takeLoads(async (body) => {
      const link = links.pop() ?? (await redisLink())
      const place = `reply-${process.pid}-${asked++}`
      void sender.lpush('requests', Buffer.concat([Buffer.from(`${place} `), body]))
      const [, reply] = (await link.brpopBuffer(place, 10)) ?? []
      links.push(link)
      return reply
    })
  },
}

/** The server was started just before. */
async function natsLink() {
  for (let tries = 0; ; tries++) {
    try {
      return await connect({ servers: `127.0.0.1:${port}` })
    } catch (error) {
      if (tries === 100) throw error
      await pause(50)
    }
  }
}

async function redisLink() {
  const link = new Redis(Number(port), '127.0.0.1', { retryStrategy: (tries) => (tries > 100 ? null : 50) })
  // It tries again; what fails for good fails the command that waits.
  link.on('error', () => undefined)
  await link.ping()
  return link
}

function takeLoads(one) {
  process.on('message', async (/** @type {{ ms: number, inFlight: number, bytes: number }} */ load) => {
    const body = Buffer.alloc(load.bytes, 7)
    const startMs = performance.now()
    let count = 0
    const sender = async () => {
      while (performance.now() - startMs < load.ms) {
        const reply = await one(body)
        if (reply?.length !== body.length || reply[body.length - 1] !== 7) throw new Error('a reply was wrong')
        count++
      }
    }
    await Promise.all(Array.from({ length: load.inFlight }, sender))
    process.send?.({ count, seconds: (performance.now() - startMs) / 1_000 })
  })
}

// The parent is gone: nobody asks any more.
process.on('disconnect', () => process.exit())
await roles[role]()
process.send?.('connected')
