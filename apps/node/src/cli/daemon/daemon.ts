import { watchConfiguration } from '@ring/config'
import { formatAddress, systemClock } from '@ring/transport'
import type { Logger } from 'pino'
import { type Log, openLog } from '../../log/open-log.ts'
import { RingNode } from '../../node.ts'
import type { HealthServer } from '../../observe/health-server.ts'
import { serverNames } from '../../operator/node-report.ts'
import type { StatusServer } from '../../operator/status-server.ts'
import { listenHosts } from '../../running/endpoint-options.ts'
import { waitingFor } from '../../running/waiting-for.ts'
import { WaitingNotice } from '../../running/waiting-notice.ts'
import { nodeSections } from '../../setup/configuration-sections.ts'
import { readSettings, settingsOf } from '../../setup/node-settings.ts'
import { packageVersion } from '../../version.ts'
import { exitCodes } from '../exit-codes.ts'
import type { RunRequest } from '../program.ts'
import { reportError } from '../report-error.ts'
import { DaemonSignals } from './daemon-signals.ts'
import { sayHere } from './here.ts'
import { Reloader } from './reloader.ts'
import { SystemdNotifier } from './systemd-notifier.ts'

/** A node as a process: logs, signals, health port, exit codes. Returns once it runs; the process ends by signal. */
export async function runDaemon(request: RunRequest): Promise<void> {
  const { logger, sink } = await openLog(request.logLevel, request.logFile).catch(report)
  const fail = (error: unknown): void => {
    logger.fatal({ event: 'process.failed', err: error }, 'ring-node cannot go on')
    void sink.flush().then(() => process.exit(exitCodes.software))
  }
  process.on('uncaughtException', fail)
  process.on('unhandledRejection', fail)
  const signals = new DaemonSignals(logger, sink, request.onHup)
  signals.install()
  const node = await startOrExit(request, logger)
  const health = await openHealth(node, { logger, sink }).catch(async (error: unknown) => {
    await node.stop()
    return report(error)
  })
  const status = await openStatus(node, logger)
  const gone = await sayHere(node)
  const reloader = new Reloader(node)
  signals.running({ node, health, status, gone, reload: () => reloader.reload(() => readSettings(request)) })
  follow(request, node, reloader)
  announce(node, logger)
  tellServiceManager(node)
}

async function startOrExit(request: RunRequest, logger: Logger): Promise<RingNode> {
  try {
    return await RingNode.start(request, logger)
  } catch (error) {
    return report(error)
  }
}

function report(error: unknown): never {
  process.exit(reportError(error))
}

async function openHealth(node: RingNode, { logger, sink }: Log): Promise<HealthServer | undefined> {
  const { httpPort: port, ring } = node.settings
  if (port === undefined) return undefined
  // Not before the node listens: prom-client alone takes a fifth of the time until then.
  const [{ HealthServer }, { nodeMetrics }] = await Promise.all([
    import('../../observe/health-server.ts'),
    import('../../observe/metrics.ts'),
  ])
  const health = new HealthServer(node, nodeMetrics(node, packageVersion(), { lostLogLines: () => sink.lost }))
  await health.start({ host: ring.httpBind, port, tls: ring.httpTls })
  logger.info({ event: 'health.listening', host: ring.httpBind, port, tls: ring.httpTls }, 'health port open')
  return health
}

/** What `ring-node status` asks. A node does its work without it, too. */
async function openStatus(node: RingNode, logger: Logger): Promise<StatusServer | undefined> {
  try {
    const { StatusServer } = await import('../../operator/status-server.ts')
    const status = new StatusServer(node)
    await status.start()
    node.onRuntimeMade(() => {
      status.startAgain().catch((error: unknown) => statusFailed(logger, error))
    })
    return status
  } catch (error) {
    statusFailed(logger, error)
    return undefined
  }
}

function statusFailed(logger: Logger, error: unknown): void {
  logger.warn({ event: 'status.failed', err: error }, 'ring-node status cannot ask this node')
}

function announce(node: RingNode, logger: Logger): void {
  const { settings, role, name } = node
  const { configuration, runtimeDirectory, stateDirectory, ring } = settings
  const { group, deliverMode } = configuration.global
  logger.info(
    {
      event: 'node.started',
      version: packageVersion(),
      node: name,
      role,
      group,
      deliverMode,
      quorum: ring.quorum,
      ...placeOf(node),
      runtimeDirectory,
      stateDirectory,
    },
    'node started',
  )
  let ready = false
  const look = () => (node.isReady ? undefined : waitingFor(node.status, serverNames(node)))
  const notice = new WaitingNotice(systemClock, look, (waiting) =>
    logger.info({ event: 'node.waiting', phase: node.status.group.phase, for: waiting.for }, waiting.text),
  )
  const tell = () => {
    notice.changed()
    if (node.isReady === ready) return
    ready = node.isReady
    const event = ready ? 'node.ready' : 'node.not-ready'
    logger.info({ event, group: node.status.group }, ready ? 'node ready' : 'node not ready')
  }
  node.onChange(tell)
  tell()
}

/** Where it listens, where others dial it, and where multicast goes. */
function placeOf({ settings }: RingNode) {
  const { self, address, discovery } = settings
  const multicasts = discovery.names.some((name) => name === 'ping' || name === 'mping')
  return {
    ...(self.role === 'server' && {
      listens: listenHosts(settings).map((host) => formatAddress(host, self.node.port)),
      advertises: address,
    }),
    discovery: discovery.names,
    ...(multicasts && { multicastFrom: settings.ring.multicastIf ?? discovery.ownAddress }),
  }
}

/** systemd learns when the node is ready, how it is, and that it lives. */
function tellServiceManager(node: RingNode): void {
  const notifier = SystemdNotifier.from(process.env, process.pid)
  if (!notifier) return
  node.onChange(() => {
    if (node.isStopping) notifier.stopping()
    else notifier.changed({ ready: node.isReady, text: statusLine(node) })
  })
  notifier.changed({ ready: node.isReady, text: statusLine(node) })
}

function statusLine({ status, isReady }: RingNode): string {
  const { group, record, programs, witness } = status
  if (group.phase !== 'member') return group.phase
  const counts = `servers ${record?.view.members.length ?? 0}, programs ${programs.length}`
  const standing = group.primary ? ', primary' : group.nonPrimary ? ', no quorum' : ''
  return `${isReady ? 'ready' : 'not ready'}: ${witness ? 'witness, ' : ''}${counts}${standing}`
}

/** Takes over what changes in the files of the configuration, as soon as all of it is valid. */
function follow(request: RunRequest, node: RingNode, reloader: Reloader): void {
  const { configuration: current } = node.settings
  watchConfiguration(
    request.configuration,
    { sections: nodeSections, current },
    {
      changed: (configuration) => void reloader.reload(() => settingsOf(configuration, request)),
      invalid: (error) => reloader.refused(error),
    },
  )
}
