import { aCount, anObject, checkArguments, optional, thrownText } from '@ring/platform'
import { type Codec, CodecError } from './codec.ts'
import { depthOf, jsonObstacle } from './json-obstacle.ts'

/** Anything that checks a value and gives it back, such as a zod schema. What it throws is the reason. */
export interface Schema<Value> {
  parse(value: unknown): Value
}

export interface JsonOptions<Value> {
  /** Checks what arrives, and may make something else of it. Without one it is believed to have the type. */
  readonly schema?: Schema<Value>
  /** The most bytes of a text. Default 1 MiB. */
  readonly maxBytes?: number
}

const defaultBytes = 1_024 * 1_024
/** So deep may lists and objects stand in each other. */
const deepest = 100
const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * JSON, as UTF-8. What JSON would change without a word is refused with a {@link CodecError} that says where it stands:
 * `undefined`, `NaN`, infinities, -0, big integers, functions, symbols, holes, dates, maps, byte arrays and other objects that
 * are no plain ones. Texts are bounded, both ways.
 *
 * @throws ArgumentError
 */
export function jsonCodec<Value>(options: JsonOptions<Value> = {}): Codec<Value> {
  checkArguments('jsonCodec()', options, { schema: optional(anObject), maxBytes: optional(aCount) })
  const { schema, maxBytes = defaultBytes } = options
  return {
    encode: (value) => encoded(value, maxBytes),
    decode: (bytes) => checked(schema, decoded(bytes, maxBytes)) as Value,
  }
}

function encoded(value: unknown, maxBytes: number): Uint8Array {
  const obstacle = jsonObstacle(value, deepest, maxBytes)
  if (obstacle !== undefined) throw new CodecError(`JSON cannot carry this value: ${obstacle}.`)
  const bytes = encoder.encode(JSON.stringify(value))
  if (bytes.length > maxBytes) throw tooLarge(bytes.length, maxBytes)
  return bytes
}

function decoded(bytes: Uint8Array, maxBytes: number): unknown {
  if (bytes.length > maxBytes) throw tooLarge(bytes.length, maxBytes)
  let text: string
  try {
    text = decoder.decode(bytes)
  } catch (error) {
    throw new CodecError('What arrived is no UTF-8.', { cause: error })
  }
  if (depthOf(text) > deepest) throw new CodecError(`What arrived nests more than ${deepest} deep.`)
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new CodecError(`What arrived is no JSON: ${reasonOf(error)}.`, { cause: error })
  }
}

function checked(schema: Schema<unknown> | undefined, value: unknown): unknown {
  if (schema === undefined) return value
  try {
    return schema.parse(value)
  } catch (error) {
    throw new CodecError(`What arrived does not fit its schema: ${reasonOf(error)}`, { cause: error })
  }
}

function tooLarge(bytes: number, maxBytes: number): CodecError {
  return new CodecError(`The JSON has ${bytes} bytes, and may have ${maxBytes}; send less, or set maxBytes.`)
}

function reasonOf(error: unknown): string {
  return thrownText(error)
}
