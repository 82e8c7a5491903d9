import { ArgumentError, type ArgumentRule, aText, milliseconds, oneOf, optional, shown } from '@ring/platform'
import { bodyBytes } from './core/frames/body-bytes.ts'
import { longestServiceName } from './core/frames/service-id.ts'
import type { Key } from './core/program/asking/key-route.ts'
import type { RequestOptions } from './core/program/asking/request-options.ts'

export const aServiceName: ArgumentRule = {
  fits: (value) => typeof value === 'string' && value.length > 0 && value.length <= longestServiceName,
  wanted: `a text of 1 to ${longestServiceName} characters`,
}

/** What every program says of itself. */
export const programRules = {
  role: oneOf('server', 'client'),
  name: aText,
  service: optional(aServiceName),
  defaultDeadlineMs: optional(milliseconds),
} as const

/** @throws ArgumentError */
export function checkKey(key: Key): void {
  if (typeof key === 'string' || key instanceof Uint8Array) return
  if (typeof key === 'number' && Number.isSafeInteger(key) && key >= 0) return
  throw new ArgumentError(
    `The key is ${shown(key)}. Give a text, a Uint8Array, or a hash of your own: a whole number from 0 to 2^53 - 1.`,
  )
}

/** @throws ArgumentError */
export function checkServer(name: unknown): void {
  if (typeof name !== 'string' || name === '') refuse('The server is', name, 'its name, as the routing has it')
}

/**
 * A client does not serve: it names the services that it asks, each by itself.
 *
 * @throws ArgumentError
 */
export function checkServes({ role, service }: { readonly role: string; readonly service?: string | undefined }): void {
  if (service === undefined || role === 'server') return
  throw new ArgumentError(
    `A client program serves nothing, and was given the service ${JSON.stringify(service)}. Ask it by program.service(${JSON.stringify(service)}), or attach as a server program.`,
  )
}

/** @throws ArgumentError */
export function checkedBody(body: unknown): Uint8Array {
  const bytes = bodyBytes(body)
  if (bytes !== undefined) return bytes
  throw new ArgumentError(
    `The body is ${shown(body)}. Give a text, or bytes: a Uint8Array or another view, or an ArrayBuffer; an object as JSON.stringify makes it.`,
  )
}

/** @throws ArgumentError */
export function checkCallOptions(options: RequestOptions): void {
  // What is checked here comes from programs that may have no types.
  const given: unknown = options
  if (typeof given !== 'object' || given === null) refuse('The options are', given, 'an object')
  const { deadlineMs, idempotent, whenFull, whenDown, trace, signal } = options
  if (deadlineMs !== undefined && !(Number.isFinite(deadlineMs) && deadlineMs >= 0)) {
    refuse('deadlineMs is', deadlineMs, 'a number of milliseconds, or 0 to wait for as long as it takes')
  }
  if (idempotent !== undefined && typeof idempotent !== 'boolean') refuse('idempotent is', idempotent, 'true or false')
  if (whenFull !== undefined && !isChoice(whenFull)) refuse('whenFull is', whenFull, "'fail' or 'wait'")
  if (whenDown !== undefined && !isChoice(whenDown)) refuse('whenDown is', whenDown, "'fail' or 'wait'")
  if (trace !== undefined && typeof trace !== 'string') refuse('trace is', trace, 'a W3C traceparent, as text')
  if (signal !== undefined && !isSignal(signal)) refuse('signal is', signal, 'an AbortSignal')
}

function isChoice(value: string): boolean {
  return value === 'fail' || value === 'wait'
}

/** Signals of other realms, or made by a library, are as good. */
function isSignal(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const { aborted, addEventListener, removeEventListener } = value as Partial<AbortSignal>
  const listens = typeof addEventListener === 'function' && typeof removeEventListener === 'function'
  return typeof aborted === 'boolean' && listens
}

function refuse(what: string, value: unknown, wanted: string): never {
  throw new ArgumentError(`${what} ${shown(value)}. Give ${wanted}.`)
}
