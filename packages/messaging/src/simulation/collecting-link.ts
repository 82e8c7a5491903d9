import type { Link } from '@ring/platform'
import { expect } from 'vitest'
import {
  extensionBytes,
  Flag,
  headerBytes,
  Offset,
  readU32,
  serviceBytes,
  writeHeader,
  writeU16,
  writeU32,
  writeU48,
} from '../core/frames/frame-header.ts'
import { serviceId } from '../core/frames/service-id.ts'

/** A link that keeps what it is given, frame by frame. */
export class CollectingLink implements Link {
  isOpen = true
  queuedBytes = 0
  wasDestroyed = false
  frames: Buffer[] = []

  write(source: Uint8Array, start: number, end: number): void {
    for (let at = start; at < end; ) {
      const next = at + 4 + readU32(source, at)
      expect(next).toBeLessThanOrEqual(end)
      this.frames.push(Buffer.from(source.subarray(at, next)))
      at = next
    }
  }
  close(): void {
    this.isOpen = false
  }
  destroy(): void {
    this.isOpen = false
    this.wasDestroyed = true
  }
  take(): Buffer[] {
    return this.frames.splice(0)
  }
}

export interface Given {
  readonly slot?: number
  readonly generation?: number
  readonly partition?: number
  readonly stamp?: number
  readonly deadline?: number
  readonly status?: number
  readonly body?: Uint8Array
  readonly flags?: number
  readonly keyHash?: number
  readonly requestId?: number
  readonly service?: string | undefined
  readonly key?: string | undefined
}

export function frame(type: number, given: Given = {}): Uint8Array {
  const body = given.body ?? new Uint8Array(0)
  const key = new TextEncoder().encode(given.key ?? '')
  const flags = (given.flags ?? 0) | (given.service === undefined ? 0 : Flag.service)
  const keyAt = headerBytes + (given.service === undefined ? 0 : extensionBytes(flags))
  const bytes = new Uint8Array(keyAt + key.length + body.length)
  writeHeader(bytes, 0, type, flags, bytes.length - headerBytes)
  bytes[Offset.words] = keyAt / 4
  writeU32(bytes, Offset.slot, given.slot ?? 0)
  writeU32(bytes, Offset.generation, given.generation ?? 1)
  writeU32(bytes, Offset.requestId, given.requestId ?? 4_711)
  writeU32(bytes, Offset.keyHash, given.keyHash ?? given.slot ?? 0)
  writeU32(bytes, Offset.partition, given.status ?? given.partition ?? 0)
  writeU48(bytes, Offset.tableVersion, given.stamp ?? 0)
  writeU16(bytes, Offset.keyLength, key.length)
  writeU32(bytes, Offset.deadline, given.deadline ?? 0)
  if (given.service !== undefined) {
    const { low, high } = serviceId(given.service)
    writeU32(bytes, keyAt - serviceBytes, low)
    writeU32(bytes, keyAt - serviceBytes + 4, high)
  }
  bytes.set(key, keyAt)
  bytes.set(body, keyAt + key.length)
  return bytes
}
