import { chmpxHash, type Hash64 } from '@ring/placement'
import { Flag, Offset, readU32, serviceStart } from './frame-header.ts'

/** What stands for a service in a frame: 64 bits made from its name, in two halves. */
export type ServiceId = Hash64

/** A service as a program's requests name it. */
export interface NamedService {
  /** Among the services that the program asks. */
  readonly place: number
  readonly name: string | undefined
  readonly id: ServiceId | undefined
}

export const unnamedService: NamedService = { place: 0, name: undefined, id: undefined }

export const longestServiceName = 255

/** The id of a service (docs/protocol.md, section 3.9). */
export function serviceId(name: string): ServiceId {
  const { high, low } = chmpxHash(name)
  return { high, low }
}

/** Whether the request at `at` names a service; without that it is for the unnamed one. */
export function namesService(bytes: Uint8Array, at: number): boolean {
  return (bytes[at + Offset.flags]! & Flag.service) !== 0
}

/** The low half of the id that the request at `at` names. */
export function serviceLow(bytes: Uint8Array, at: number): number {
  return readU32(bytes, serviceStart(bytes, at))
}

/** The high half of it. */
export function serviceHigh(bytes: Uint8Array, at: number): number {
  return readU32(bytes, serviceStart(bytes, at) + 4)
}
