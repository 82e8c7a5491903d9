import { GossipRouter, gossipRouterPort } from '@ring/discovery'
import { Command, InvalidArgumentError, Option } from 'commander'
import { openLog } from '../log/open-log.ts'
import { takeEndingSignals } from './daemon/ending-signals.ts'
import { exitCodes } from './exit-codes.ts'

interface GossipRouterFlags {
  readonly port: number
  readonly bind: readonly string[]
  readonly expiry?: number
  readonly logLevel: string
  readonly logFile?: string
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
    .option('--log-file <file>', 'append the log to a file instead of standard output; HUP opens it again')
    .action(run)
}

async function run({ port, bind, expiry, logLevel, logFile }: GossipRouterFlags): Promise<void> {
  const { logger, sink } = await openLog(logLevel, logFile)
  const expiryMs = expiry === undefined ? 0 : expiry * 1000
  const router = new GossipRouter({ hosts: bind, port, expiryMs, logger })
  takeEndingSignals((signal) => {
    logger.info({ event: 'process.stopping', signal }, 'stopping')
    router.stop()
    logger.info({ event: 'process.stopped' }, 'stopped')
    void sink.flush().then(() => process.exit(exitCodes.ok))
  })
  process.on('SIGHUP', () => sink.reopen())
  await router.start()
}

function seconds(text: string): number {
  const value = Number(text)
  if (!(value >= 1 && value <= 86_400)) throw new InvalidArgumentError('must be seconds, 1 to 86400')
  return value
}
