import { interpreted, isPackedWell } from '@ring/platform'
import { pack, Unpackr } from 'msgpackr'
import * as z from 'zod'
import {
  FrameType,
  headerBytes,
  lengthBytes,
  maxFrameBytes,
  readU48,
  writeHeader,
  writeU48,
} from './core/frames/frame-header.ts'
import type { ProgramRouting } from './core/program/program-routing.ts'

const versionBytes = 6
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true })

const notice = z.object({
  version: z.number().nonnegative(),
  epoch: z.number().nonnegative(),
  mode: z.enum(['hash', 'random']),
  strategy: z.enum(['ring', 'chmpx']),
  // None in random mode, and where there is no server.
  partitions: z.number().int().nonnegative().max(65_535),
  servers: z.array(z.object({ name: z.string(), up: z.boolean() })),
  changedAt: z.instanceof(Uint8Array),
})

/** A whole ROUTING frame; `undefined` when it would be longer than a frame may be. */
export function encodeRouting(routing: ProgramRouting): Uint8Array | undefined {
  const changedAt = new Uint8Array(routing.partitions * versionBytes)
  for (let partition = 0; partition < routing.partitions; partition++) {
    writeU48(changedAt, partition * versionBytes, routing.changedAt[partition] ?? 0)
  }
  const { version, epoch, mode, strategy, partitions } = routing
  const servers = routing.servers.map(({ name, up }) => ({ name, up }))
  const body = pack({ version, epoch, mode, strategy, partitions, servers, changedAt: Buffer.from(changedAt) })
  if (headerBytes - lengthBytes + body.length > maxFrameBytes) return undefined
  const frame = new Uint8Array(headerBytes + body.length)
  writeHeader(frame, 0, FrameType.routing, 0, body.length)
  frame.set(body, headerBytes)
  return frame
}

/** What a ROUTING frame says, or `undefined` when it is not to be understood. */
export function decodeRouting(bytes: Uint8Array, start: number, end: number): ProgramRouting | undefined {
  const body = bytes.subarray(start, end)
  if (!isPackedWell(body)) return undefined
  let value: unknown
  try {
    value = unpackr.unpack(body)
  } catch {
    return undefined
  }
  const parsed = notice.safeParse(value, interpreted)
  if (!parsed.success || parsed.data.changedAt.length !== parsed.data.partitions * versionBytes) return undefined
  const changedAt = new Float64Array(parsed.data.partitions)
  for (let partition = 0; partition < changedAt.length; partition++) {
    changedAt[partition] = readU48(parsed.data.changedAt, partition * versionBytes)
  }
  return { ...parsed.data, changedAt }
}
