import { readU32, writeU32 } from '@ring/messaging/simulation'
import type { NodeName } from '@ring/platform'

const encoder = new TextEncoder()
const decoder = new TextDecoder()
const numberBytes = 4

/** The body of a call: its number, and as many bytes as are wanted. */
export function callBody(id: number, bytes: number): Uint8Array {
  const body = new Uint8Array(Math.max(numberBytes, bytes))
  writeU32(body, 0, id)
  return body
}

export function callOf(body: Uint8Array): number {
  return readU32(body, 0)
}

/** What a handler answers: whose answer it is, and who gives it. */
export function answerBody(id: number, server: NodeName, bytes: number): Uint8Array {
  const name = encoder.encode(`${server} `)
  const body = new Uint8Array(Math.max(numberBytes + name.length, bytes))
  writeU32(body, 0, id)
  body.set(name, numberBytes)
  return body
}

export const callOfAnswer = callOf

export function serverOfAnswer(body: Uint8Array): NodeName {
  return decoder.decode(body.subarray(numberBytes)).split(' ', 1)[0] as NodeName
}
