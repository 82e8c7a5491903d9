import { harmless } from './harmless.ts'

/** How the text forms write a hash value that is none. */
const noHash = '0xffffffffffffffff'

/** As SELFSTATUS and ALLSTATUS write it: a zero too in hexadecimal. */
export function hashText(hash: number | undefined): string {
  return hash === undefined ? noHash : `0x${hash.toString(16)}`
}

/** As DUMP writes it: a zero has no 0x. */
export function dumpedHex(value: number | undefined): string {
  return value === 0 ? '0' : hashText(value)
}

/** @returns undefined for none, and for what is no number */
export function hashOfText(text: string): number | undefined {
  const hex = /^0x([0-9a-f]{1,13})$/i.exec(text)?.[1]
  return text === '0' ? 0 : hex === undefined ? undefined : Number.parseInt(hex, 16)
}

/** The place of the n-th entry of a list, where CHMPX has an address; 0 is no entry. */
export function placeText(place: number): string {
  return place <= 0 ? '0' : `0x${place.toString(16)}`
}

export const yesNo = (flag: boolean): string => (flag ? 'yes' : 'no')
export const portText = (port: number | undefined): string => String(port ?? -1)
export const listText = (texts: readonly string[]): string => texts.map((text) => harmless(text)).join(',')
export const socketsText = (sockets: readonly number[]): string => (sockets.length === 0 ? '-1' : sockets.join(','))

export function listOfText(text: string): readonly string[] {
  return text.trim() === '' ? [] : text.split(',').map((one) => one.trim())
}

/** @returns 0 for what is no whole number: a reply is read as far as it can be */
export function countOfText(text: string): number {
  const count = Number(text)
  return Number.isSafeInteger(count) ? count : 0
}

/** @returns undefined for -1, and for what is no number */
export function portOfText(text: string): number | undefined {
  const port = /^\d{1,5}$/.test(text.trim()) ? Number(text) : -1
  return port >= 0 && port <= 65_535 ? port : undefined
}

export function socketsOfText(text: string): readonly number[] {
  return listOfText(text).flatMap((one) => (/^\d{1,15}$/.test(one) ? [Number(one)] : []))
}

/** As `0s 0ns`. */
export function durationText(nanoseconds: bigint): string {
  return `${nanoseconds / 1_000_000_000n}s ${nanoseconds % 1_000_000_000n}ns`
}

export function durationOfText(text: string): bigint {
  const [, seconds, nanoseconds] = /^(\d{1,20})s (\d{1,20})ns$/.exec(text) ?? []
  return seconds === undefined || nanoseconds === undefined
    ? 0n
    : BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds)
}

/** The field, or nothing where there is no value for it. */
export function optional<Key extends string, Value>(
  key: Key,
  value: Value | undefined,
): { readonly [key in Key]?: Value } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [key in Key]?: Value }
}

/** A line `key = value`, its value to the letter; undefined where there is no equals sign. */
export function keyAndValue(line: string): readonly [key: string, value: string] | undefined {
  const equals = line.indexOf('=')
  return equals < 0 ? undefined : [line.slice(0, equals).trim(), line.slice(equals + 1).replace(/^ /, '')]
}
