import { watchConfiguration } from '@ring/config'
import pino, { type DestinationStream, type Logger } from 'pino'
import { exitCodes } from '../exit-codes.ts'
import type { HealthServer } from '../health-server.ts'
import { RingNode } from '../node.ts'
import { readSettings, settingsOf } from '../node-settings.ts'
import { ringSection } from '../ring-section.ts'
import { packageVersion } from '../version.ts'
import type { RunRequest } from './program.ts'
import { Reloader } from './reloader.ts'
import { reportError } from './report-error.ts'
import { SystemdNotifier } from './systemd-notifier.ts'

/** A node as a process: logs, signals, health port, exit codes. Returns once it runs; the process ends by signal. */
export async function runDaemon(request: RunRequest): Promise<void> {
  const destination = pino.destination(
    request.logFile === undefined ? { fd: 1, sync: true } : { dest: request.logFile, mkdir: true, sync: true },
  )
  const logger = openLog(request.logLevel, destination)
  const fail = (error: unknown, code: number): never => {
    logger.fatal({ event: 'process.failed', err: error }, 'ring-node cannot go on')
    destination.flushSync()
    process.exit(code)
  }
  process.on('uncaughtException', (error) => fail(error, exitCodes.software))
  process.on('unhandledRejection', (error) => fail(error, exitCodes.software))
  const node = await startOrExit(request, logger)
  const health = await openHealth(node, logger).catch(async (error: unknown) => {
    await node.stop()
    return report(error)
  })
  const reloader = new Reloader(node)
  new Signals(node, health, logger).install(request.onHup, () => reloader.reload(() => readSettings(request)))
  follow(request, node, reloader)
  announce(node, logger)
  tellServiceManager(node)
}

function openLog(level: string, destination: DestinationStream): Logger {
  return pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: ['groupKey', '*.groupKey'],
    },
    destination,
  )
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

async function openHealth(node: RingNode, logger: Logger): Promise<HealthServer | undefined> {
  const { httpPort: port, ring } = node.settings
  if (port === undefined) return undefined
  // Not before the node listens: prom-client alone takes a fifth of the time until then.
  const [{ HealthServer }, { nodeMetrics }] = await Promise.all([
    import('../health-server.ts'),
    import('../metrics.ts'),
  ])
  const health = new HealthServer(node, nodeMetrics(node, packageVersion()))
  await health.start({ host: ring.httpBind, port, tls: ring.httpTls })
  logger.info({ event: 'health.listening', host: ring.httpBind, port, tls: ring.httpTls }, 'health port open')
  return health
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
      runtimeDirectory,
      stateDirectory,
    },
    'node started',
  )
  let ready = false
  const tell = () => {
    if (node.isReady === ready) return
    ready = node.isReady
    const event = ready ? 'node.ready' : 'node.not-ready'
    logger.info({ event, group: node.status.group }, ready ? 'node ready' : 'node not ready')
  }
  node.onChange(tell)
  tell()
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
    { sections: [ringSection], current },
    {
      changed: (configuration) => void reloader.reload(() => settingsOf(configuration, request)),
      invalid: (error) => reloader.refused(error),
    },
  )
}

class Signals {
  readonly #node: RingNode
  readonly #health: HealthServer | undefined
  readonly #logger: Logger
  #stopping = false

  constructor(node: RingNode, health: HealthServer | undefined, logger: Logger) {
    this.#node = node
    this.#health = health
    this.#logger = logger
  }

  install(onHup: RunRequest['onHup'], reload: () => Promise<void>): void {
    process.on('SIGTERM', () => void this.#stop('TERM'))
    process.on('SIGINT', () => void this.#stop('INT'))
    process.on('SIGHUP', () => void (onHup === 'exit' ? this.#stop('HUP') : reload()))
  }

  async #stop(signal: string): Promise<void> {
    if (this.#stopping) {
      if (signal === 'INT') process.exit(exitCodes.interrupted)
      return
    }
    this.#stopping = true
    this.#logger.info({ event: 'process.stopping', signal }, 'stopping')
    await this.#node.stop()
    this.#health?.stop()
    this.#logger.info({ event: 'process.stopped' }, 'stopped')
    process.exit(exitCodes.ok)
  }
}
