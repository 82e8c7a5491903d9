import { interpreted } from '@ring/platform'
import * as z from 'zod'
import { chmpxCodeOf, type Outcome } from './core/commands/outcome.ts'
import { readDump } from './core/replies/dump-reading.ts'
import { jsonForm } from './core/replies/json-text.ts'
import { ReplyFormatError } from './core/replies/reply-format-error.ts'
import type { NodeDump } from './core/status/node-dump.ts'

/** Made when first used: a node that only serves its control port reads no replies. */
function makeSchemas() {
  const count = z.number()
  const text = z.string()
  const texts = z.array(text)
  /** What JSON readers would round is written as digits. */
  const digits = z
    .string()
    .regex(/^\d{1,30}$/)
    .transform(BigInt)

  const state = z.object({
    ring: z.enum(['slave', 'out', 'in']),
    up: z.boolean(),
    action: z.enum(['none', 'add', 'delete']),
    progress: z.enum(['nothing', 'pending', 'doing', 'done']),
    detached: z.boolean(),
  })

  const node = z.object({
    ...{ id: text, name: text, mode: z.enum(['server', 'slave']), port: count.optional(), ctlport: count },
    ...{ cuk: text, customSeed: text, endpoints: texts, ctlendpoints: texts, forwardPeers: texts, reversePeers: texts },
    tls: z.object({
      ...{ enabled: z.boolean(), verifyPeer: z.boolean(), authoritiesAreFile: z.boolean() },
      ...{ authorities: text, serverCertificate: text, slaveCertificate: text },
    }),
    ...{ state, lastUpdate: digits, baseHash: count.optional(), pendingHash: count.optional() },
    ...{ sockets: z.array(count), controlSockets: z.array(count) },
    ...{ listenSocket: count.optional(), listenControlSocket: count.optional() },
  })

  const traffic = z.object({
    ...{ sent: count, received: count, bytes: count, bytesMin: count, bytesMax: count },
    ...{ time: digits, timeMin: digits, timeMax: digits },
  })

  const configuration = z.object({
    ...{ revision: count, date: count, idType: z.enum(['name', 'cuk', 'control endpoints', 'custom']) },
    ...{
      isRandomDelivery: z.boolean(),
      autoMerge: z.boolean(),
      doMerge: z.boolean(),
      replicas: count,
      nodesMax: count,
    },
    ...{ tlsMinVersion: text, socketThreads: count, queueThreads: count, queuesMax: count, chmpxQueues: count },
    ...{ queueDepthOfChmpx: count, queueDepthOfClient: count, queuesPerClientMax: count, queuesPerAttach: count },
    ...{ queueAcknowledged: z.boolean(), socketPoolMax: count, socketPoolTimeoutSeconds: count, socketRetries: count },
    ...{ socketTimeoutMicroseconds: count, connectTimeoutMicroseconds: count, queueRetries: count },
    ...{ queueTimeoutMicroseconds: count, mergeTimeoutSeconds: count, traceEntriesMax: count },
    messageStore: z.object({ fullMap: z.boolean(), maskBits: count, collisionMaskBits: count, elementsMax: count }),
  })

  const merge = z.object({
    ...{ id: text, phase: text, startedBy: text, waitingFor: z.array(z.object({ server: text, why: text })) },
    progress: z.array(
      z.object({
        ...{ server: text, items: count, bytes: count },
        ...{ itemsLeft: count.optional(), bytesLeft: count.optional(), secondsLeft: count.optional() },
      }),
    ),
  })

  const ring = z.object({
    record: z.object({ lineage: text, version: count, epoch: count }).optional(),
    coordinator: text.optional(),
    quorum: z.object({ mode: z.enum(['majority', 'none']), isPrimary: z.boolean(), voters: texts, missing: texts }),
    merge: merge.optional(),
    attached: z.array(z.object({ service: text, programs: count })),
    relay: z
      .object({
        ...{ requestsPerSecond: count, repliesPerSecond: count, bytesPerSecond: count },
        queues: z.array(z.object({ name: text, depth: count, capacity: count.optional() })),
      })
      .optional(),
    warnings: texts,
  })

  const dump = z.object({
    ...{ group: text, self: node, servers: z.array(node), slaves: z.array(node) },
    ...{ isOperating: z.boolean(), isSuspended: z.boolean(), configuration },
    traffic: z.object({ servers: traffic, slaves: traffic }),
    ...{ pid: count, startedAt: count, programPids: z.array(count), controlConnections: count },
    ring: ring.optional(),
  })

  const dumpReply = z.object({ form: z.literal(jsonForm), ok: z.literal(true), dump })
  const outcomeReply = z.object({
    ...{ form: z.literal(jsonForm), ok: z.boolean(), code: text, text, details: texts.optional() },
    data: z.unknown().optional(),
  })
  return { dumpReply, outcomeReply }
}

let made: ReturnType<typeof makeSchemas> | undefined

function schemas(): ReturnType<typeof makeSchemas> {
  made ??= makeSchemas()
  return made
}

/**
 * The reply to `DUMP JSON`. A CHMPX node does not know JSON and answers in text, which is taken as well; what only a Ring node
 * knows is missing then.
 *
 * @throws ReplyFormatError
 */
export function readDumpReply(reply: string): NodeDump {
  if (!reply.startsWith('{')) return readDump(reply)
  const parsed = schemas().dumpReply.safeParse(jsonIn('DUMP JSON', reply), interpreted)
  if (!parsed.success) throw new ReplyFormatError('DUMP JSON', z.prettifyError(parsed.error))
  // What is missing is left out, never undefined: so it came from JSON.
  return parsed.data.dump as NodeDump
}

/**
 * The reply to a command that changes the ring, in text or in JSON. Of a text, CHMPX's sentences have their codes; any other is
 * `done` or `failed`.
 *
 * @throws ReplyFormatError
 */
export function readOutcomeReply(reply: string): Outcome {
  return reply.startsWith('{') ? outcomeOfJson(reply) : outcomeOfText(reply)
}

function outcomeOfJson(reply: string): Outcome {
  const parsed = schemas().outcomeReply.safeParse(jsonIn('a command', reply), interpreted)
  if (!parsed.success) throw new ReplyFormatError('a command', z.prettifyError(parsed.error))
  const { ok, code, text: sentence, details = [], data } = parsed.data
  return { ok, code, text: sentence, ...(details.length > 0 && { details }), ...(data !== undefined && { data }) }
}

function outcomeOfText(reply: string): Outcome {
  const [first = '', ...rest] = reply.replace(/\n+$/, '').split('\n')
  const details = rest.map((line) => line.trim())
  const [, head, sentence = ''] = /^(SUCCEED|ERROR)(?:: ?(.*))?$/.exec(first) ?? []
  if (head === undefined) {
    if (!/^Unknown command\(/.test(first)) throw new ReplyFormatError('a command', 'it says neither SUCCEED nor ERROR')
    return { ok: false, code: 'unknown-command', text: first }
  }
  const ok = head === 'SUCCEED'
  const code = chmpxCodeOf(ok, sentence) ?? (ok ? 'done' : 'failed')
  return { ok, code, text: sentence, ...(details.length > 0 && { details }) }
}

function jsonIn(what: string, reply: string): unknown {
  try {
    return JSON.parse(reply)
  } catch {
    throw new ReplyFormatError(what, 'it is no JSON, though it begins as such')
  }
}
