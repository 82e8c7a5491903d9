import { request } from 'node:http'
import { join } from 'node:path'
import { loadConfiguration } from '@ring/config'
import { RingError } from '@ring/platform'
import { checkSocketPath } from '@ring/transport'
import { statusSocketName } from '../../operator/status-server.ts'
import { nodeSections } from '../../setup/configuration-sections.ts'
import { runtimeDirectoryOf } from '../../setup/node-settings.ts'
import { ownNode } from '../../setup/own-node.ts'
import { ringSection } from '../../setup/ring-section.ts'
import { sourceOf } from '../config/config-source.ts'

/** Which running node is asked: by its directory, or by what it was started with. */
export interface NodeOptions {
  readonly runtimeDir?: string
  readonly config?: string
  readonly ctlport?: number
  readonly cuk?: string
  readonly host?: string
}

/** No node answers. */
export class NoNodeError extends RingError {
  constructor(path: string, why: string, options?: ErrorOptions) {
    super(
      'RING_NODE_NOT_RUNNING',
      `No node answers at ${path}: ${why}. Start it with ring-node run, or name the directory of one that runs (runtimeDirectory of its line node.started): --runtime-dir.`,
      options,
    )
  }
}

const answerMsMax = 5000
const answerBytesMax = 16 * 1024 * 1024

/**
 * The runtime directory of the node that is meant, found as programs find it; or what is wrong with the question.
 *
 * @throws ConfigurationError, NodeSetupError
 */
export async function runtimeDirectoryFor(
  options: NodeOptions,
  environment: NodeJS.ProcessEnv,
): Promise<{ readonly directory: string } | { readonly problem: string }> {
  if (options.runtimeDir !== undefined) {
    if (options.config === undefined) return { directory: options.runtimeDir }
    return { problem: 'the node is named twice; leave out --config or --runtime-dir' }
  }
  const source = sourceOf(undefined, options, environment)
  if (source.kind === 'none') return { problem: `${source.problem}, or name the node's --runtime-dir` }
  const configuration = await loadConfiguration(source, { sections: nodeSections })
  const { name } = await ownNode(configuration, { ctlPort: options.ctlport, cuk: options.cuk, host: options.host })
  return { directory: runtimeDirectoryOf(configuration.section(ringSection), configuration.global.group, name) }
}

/**
 * What a running node answers.
 *
 * @throws NoNodeError, RingError `RING_NODE_ANSWER`, `RING_SOCKET_PATH_TOO_LONG`
 */
export async function askNode(directory: string, path: '/status' | '/members' | '/keys'): Promise<unknown> {
  const socketPath = join(directory, statusSocketName)
  checkSocketPath(socketPath)
  const { status, body } = await got(socketPath, path)
  if (status === 200) return JSON.parse(body)
  throw new RingError('RING_NODE_ANSWER', `The node answers ${path} with ${status}: it is of another version.`)
}

function got(socketPath: string, path: string): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) =>
      reject(new NoNodeError(socketPath, reasonOf(error), { cause: error }))
    const asking = request({ socketPath, path, signal: AbortSignal.timeout(answerMsMax), agent: false }, (response) => {
      const pieces: Buffer[] = []
      let bytes = 0
      response.on('data', (piece: Buffer) => {
        pieces.push(piece)
        bytes += piece.length
        if (bytes > answerBytesMax) response.destroy(new Error('the answer is too long'))
      })
      response.on('error', fail)
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(pieces).toString('utf8') }),
      )
    })
    asking.on('error', fail)
    asking.end()
  })
}

function reasonOf(error: NodeJS.ErrnoException): string {
  switch (error.code) {
    case 'ENOENT':
      return 'it does not run, or is of a version before this one'
    case 'ECONNREFUSED':
      return 'it does not run any more'
    case 'EACCES':
      return 'only its own user may ask it'
    case 'ABORT_ERR':
      return `it does not answer within ${answerMsMax / 1000} s`
    default:
      return error.message
  }
}
