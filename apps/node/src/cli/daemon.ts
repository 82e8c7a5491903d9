import { ConfigurationError } from '@ring/config'
import pino, { type DestinationStream, type Logger } from 'pino'
import { NodeSetupError } from '../errors.ts'
import { exitCodes } from '../exit-codes.ts'
import type { HealthServer } from '../health-server.ts'
import { RingNode } from '../node.ts'
import { type NodeSettings, readSettings } from '../node-settings.ts'
import { packageVersion } from '../version.ts'
import type { RunRequest } from './program.ts'

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
  new Signals(request, node, health, logger).install()
  announce(node, logger)
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

/** A start that fails is told on standard error, in words; the log is for machines. */
function report(error: unknown): never {
  const known = error instanceof Error && 'code' in error
  process.stderr.write(
    `ring-node: ${known ? `${error.message} [${String(error.code)}]` : error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  )
  const isConfiguration = error instanceof ConfigurationError || error instanceof NodeSetupError
  process.exit(isConfiguration ? exitCodes.configuration : known ? exitCodes.failed : exitCodes.software)
}

async function openHealth(node: RingNode, logger: Logger): Promise<HealthServer | undefined> {
  const { httpPort } = node.settings
  if (httpPort === undefined) return undefined
  // Not before the node listens: prom-client alone takes a fifth of the time until then.
  const [{ HealthServer }, { nodeMetrics }] = await Promise.all([
    import('../health-server.ts'),
    import('../metrics.ts'),
  ])
  const health = new HealthServer(node, nodeMetrics(node, packageVersion()))
  await health.start(httpPort)
  logger.info({ event: 'health.listening', port: httpPort }, 'health port open')
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

class Signals {
  readonly #request: RunRequest
  readonly #node: RingNode
  readonly #health: HealthServer | undefined
  readonly #logger: Logger
  #stopping = false

  constructor(request: RunRequest, node: RingNode, health: HealthServer | undefined, logger: Logger) {
    this.#request = request
    this.#node = node
    this.#health = health
    this.#logger = logger
  }

  install(): void {
    process.on('SIGTERM', () => void this.#stop('TERM'))
    process.on('SIGINT', () => void this.#stop('INT'))
    process.on('SIGHUP', () => void (this.#request.onHup === 'exit' ? this.#stop('HUP') : this.#reload()))
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

  /** Validates everything first; a bad file changes nothing. */
  async #reload(): Promise<void> {
    let fresh: NodeSettings
    try {
      fresh = await readSettings(this.#request)
    } catch (error) {
      this.#logger.error({ event: 'config.reload-failed', err: error }, 'configuration not reloaded; the old one stays')
      return
    }
    this.#node.setKeys(fresh.keys)
    const needRestart = changedSections(this.#node.settings, fresh)
    this.#logger.info({ event: 'config.reloaded', applied: ['GROUPKEY'], needRestart }, 'configuration reloaded')
  }
}

/** What a reload cannot change in a running node. */
function changedSections(before: NodeSettings, after: NodeSettings): readonly string[] {
  const differ = (one: unknown, other: unknown) => JSON.stringify(one) !== JSON.stringify(other)
  const ringOf = ({ ring }: NodeSettings) => ({ ...ring, groupKey: undefined })
  return [
    ...(differ(before.configuration.global, after.configuration.global) ? ['GLOBAL'] : []),
    ...(differ(before.configuration.servers, after.configuration.servers) ? ['SVRNODE'] : []),
    ...(differ(before.configuration.slaves, after.configuration.slaves) ? ['SLVNODE'] : []),
    ...(differ(ringOf(before), ringOf(after)) ? ['RING'] : []),
  ]
}
