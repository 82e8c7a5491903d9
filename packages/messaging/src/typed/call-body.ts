import type { Body } from '../core/frames/body-bytes.ts'
import { bodyBytes } from '../core/frames/body-bytes.ts'
import { CodecError } from './codec.ts'

/**
 * The bodies of typed calls. A request: u8 length of the method's name, the name, the argument. An answer: u8 what it is, then the
 * result, or a text for people. Each item of a stream is such an answer; of the refusals only the last can be one. Other kinds are
 * kept for later versions.
 */
export const AnswerKind = { result: 0, unknownMethod: 1, argumentRefused: 2, resultRefused: 3 } as const

const longestName = 255
const longestText = 1_024
const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** @throws CodecError when the name is too long, or the codec gave no bytes */
export function callBody(method: string, argument: Body): Uint8Array {
  const name = encoder.encode(method)
  if (name.length === 0 || name.length > longestName) {
    throw new CodecError(
      `The name of a method has 1 to ${longestName} bytes; ${JSON.stringify(method.slice(0, 40))} has ${name.length}.`,
    )
  }
  const bytes = bytesOf(argument)
  const body = new Uint8Array(1 + name.length + bytes.length)
  body[0] = name.length
  body.set(name, 1)
  body.set(bytes, 1 + name.length)
  return body
}

/** What a request asks; `undefined` when it is no typed call. */
export function readCall(body: Uint8Array): { readonly method: string; readonly argument: Uint8Array } | undefined {
  const nameEnd = 1 + (body[0] ?? 0)
  if (nameEnd < 2 || nameEnd > body.length) return undefined
  return { method: decoder.decode(body.subarray(1, nameEnd)), argument: body.subarray(nameEnd) }
}

export function answerBody(kind: number, content: Body): Uint8Array {
  const bytes = bytesOf(content)
  const body = new Uint8Array(1 + bytes.length)
  body[0] = kind
  body.set(bytes, 1)
  return body
}

export function refusalBody(kind: number, text: string): Uint8Array {
  return answerBody(kind, encoder.encode(text).subarray(0, longestText))
}

export function textOf(content: Uint8Array): string {
  return decoder.decode(content.subarray(0, longestText))
}

function bytesOf(content: Body): Uint8Array {
  const bytes = bodyBytes(content)
  if (bytes === undefined) throw new CodecError('The codec gave something that is neither bytes nor a text.')
  return bytes
}
