import { connect, createServer, type Server, type Socket } from 'node:net'
import type { Program } from '@ring/messaging'
import { afterEach, expect, it } from 'vitest'
import { fromSource, type LogLine } from './daemon-process.ts'
import { previousVersion } from './previous-version.ts'
import { SeparateNodes, Traffic } from './separate-nodes.ts'
import { because } from './skip-reason.ts'

/** Which bytes of the connections that are open now are lost from here on. */
type Lost = 'all' | 'from the dialer' | 'to the dialer'

const kindAt = 10
const dataLink = 2

/** Passes TCP on; those data links that are open may fall silent, neither closed nor reset, as behind a firewall that forgot them. */
class Relay {
  readonly #server: Server
  readonly #pairs = new Set<{ lost: Lost | undefined; readonly near: Socket; readonly far: Socket }>()

  constructor(listen: number, target: number) {
    this.#server = createServer({ noDelay: true }, (near) => {
      const far = connect({ port: target, host: '127.0.0.1', noDelay: true })
      const pair = { lost: undefined as Lost | undefined, near, far }
      // The kind of the link, in the first frame.
      near.once('data', (hello) => hello[kindAt] === dataLink && this.#pairs.add(pair))
      const carry = (from: Socket, to: Socket, direction: Lost): void => {
        const isLost = (): boolean => pair.lost === 'all' || pair.lost === direction
        from.on('data', (bytes) => isLost() || to.write(bytes))
        from.on('error', () => undefined)
        from.on('close', () => isLost() || to.destroy())
      }
      carry(near, far, 'from the dialer')
      carry(far, near, 'to the dialer')
    }).listen(listen, '127.0.0.1')
  }

  silence(lost: Lost): void {
    for (const pair of this.#pairs) pair.lost ??= lost
  }

  close(): void {
    this.#server.close()
    for (const { near, far } of this.#pairs) for (const socket of [near, far]) socket.destroy()
  }

  /** Connections whose both ends have given them up. */
  get ended(): number {
    return [...this.#pairs].filter(({ near, far }) => near.closed && far.closed).length
  }

  get silent(): number {
    return [...this.#pairs].filter(({ lost }) => lost !== undefined).length
  }
}

let nodes: SeparateNodes | undefined
let relay: Relay | undefined

afterEach(async () => {
  await nodes?.end()
  relay?.close()
  nodes = undefined
  relay = undefined
})

/** A ring whose last server is reached through a relay by everybody else. */
async function throughRelay(commands: Parameters<SeparateNodes['start']>[0] = []): Promise<Program> {
  nodes = new SeparateNodes()
  const { listen, target } = nodes.behindRelay(2)
  relay = new Relay(listen, target)
  nodes.configure({}, { DETECT: 'fast', AUTH: 'hosts' })
  return nodes.start(commands)
}

it.each(['all', 'from the dialer', 'to the dialer'] as const)(
  'K1: a link on which %s is lost is found out at both ends, and its keys are served again',
  async (lost) => {
    const client = await throughRelay()
    const traffic = new Traffic(client, 2)
    await traffic.more(500)
    relay!.silence(lost)
    const before = relay!.silent
    await foundSilent(lost)
    await traffic.more(2_000)
    await until(() => relay!.ended >= before)
    await traffic.stop()
  },
)

it('K1: a server closes both links of a slave that is there no more', async () => {
  await throughRelay()
  const { daemons, slaveCtlPort } = nodes!
  // Its machine keeps the connections, and nothing comes.
  daemons[3]!.signal('SIGSTOP')
  for (const server of daemons.slice(0, 3)) {
    const closed = new Set<unknown>()
    await server.event('link.silent', ({ link, asks, peer }) => {
      if (asks === false && String(peer).endsWith(`:${slaveCtlPort}`)) closed.add(link)
      return closed.size === 2
    })
  }
})

const older = previousVersion.daemon
it.runIf(previousVersion.isPrepared).each([
  ['server', [fromSource, fromSource, older, fromSource]],
  ['slave', [fromSource, fromSource, fromSource, older]],
])(
  `S1: works with a ${previousVersion.version} %s in the ring${because(previousVersion.whyNot)}`,
  async (_, commands) => {
    const client = await throughRelay(commands)
    const traffic = new Traffic(client)
    // Long enough for PINGs on every link that may have some.
    await traffic.more(5_000)
    await traffic.stop()
    expect(traffic.failed).toEqual([])
  },
)

/**
 * Who asks over the link finds it out. Where it still hears the server, which has to tell it that nothing arrives, a machine
 * under load may be so late that the server has closed the link first; nothing else can: a relay that loses what comes back
 * loses the closing, too.
 */
async function foundSilent(lost: Lost): Promise<void> {
  const [server, slave] = [nodes!.daemons[2]!, nodes!.daemons[3]!]
  // A control link, too, may be given up where a machine is as busy as that.
  const isData = ({ link }: LogLine): boolean => link === 'data'
  const bySlave = slave.event('link.silent', isData).then((line) => {
    expect(line).toMatchObject({ asks: true, level: 'warn' })
  })
  if (lost !== 'from the dialer') return bySlave
  const byServer = server.event('link.silent', (line) => isData(line) && line['asks'] === false)
  await Promise.race([bySlave, byServer])
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10))
}
