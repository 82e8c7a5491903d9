import { GossipRouter, gossipRouterPort } from '@ring/discovery'
import { Command, InvalidArgumentError, Option } from 'commander'
import pino from 'pino'

interface GossipRouterFlags {
  readonly port: number
  readonly bind: readonly string[]
  readonly expiry?: number
  readonly logLevel: string
}

const help = `
It speaks the protocol of JGroups 5's GossipRouter, for nodes with DISCOVERY = tcpgossip and for members of JGroups with
TCPGOSSIP or TUNNEL. That protocol has no authentication: keep the port within a trusted network.
`

/** `ring-node gossip-router`: a gossip router as a process of its own, until it is told to end. */
export function gossipRouterCommand(port: (text: string) => number): Command {
  return new Command('gossip-router')
    .description('run a gossip router, at which nodes register and find each other')
    .addHelpText('after', help)
    .option('--port <port>', 'where it listens', port, gossipRouterPort)
    .option('--bind <address...>', 'addresses of this machine; 0.0.0.0 or :: for all', ['127.0.0.1'])
    .option('--expiry <seconds>', 'close a connection that is silent for so long; never, when not given', seconds)
    .addOption(new Option('--log-level <level>').choices(['silent', 'error', 'warn', 'info', 'debug']).default('info'))
    .action(run)
}

async function run({ port, bind, expiry, logLevel }: GossipRouterFlags): Promise<void> {
  const logger = pino({
    level: logLevel,
    base: { pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
  })
  const expiryMs = expiry === undefined ? 0 : expiry * 1000
  const router = new GossipRouter({ hosts: bind, port, expiryMs, logger })
  await router.start()
  const stop = (signal: string) => {
    logger.info({ event: 'process.stopping', signal }, 'stopping')
    router.stop()
    logger.info({ event: 'process.stopped' }, 'stopped')
  }
  process.once('SIGTERM', () => stop('TERM'))
  process.once('SIGINT', () => stop('INT'))
}

function seconds(text: string): number {
  const value = Number(text)
  if (!(value >= 1 && value <= 86_400)) throw new InvalidArgumentError('must be seconds, 1 to 86400')
  return value
}
