import type { Codec } from './codec.ts'
import { jsonCodec, type Schema } from './json-codec.ts'

/** One thing that a service does: how what it is given travels, and what it gives back. */
export interface Method<Argument, Result> {
  readonly argument: Codec<Argument>
  readonly result: Codec<Result>
}

/** The methods of a service by their names (1 to 255 bytes). Client and server take the same. */
export type Methods = Readonly<Record<string, Method<unknown, unknown>>>

export type ArgumentOf<One> = One extends { readonly argument: Codec<infer Argument> } ? Argument : never
export type ResultOf<One> = One extends { readonly result: Codec<infer Result> } ? Result : never

/** A method in JSON; the schemas check what arrives. One that gives nothing back gives `null`. */
export function jsonMethod<Argument, Result>(
  schemas: { readonly argument?: Schema<Argument>; readonly result?: Schema<Result> } = {},
): Method<Argument, Result> {
  const { argument, result } = schemas
  return {
    argument: jsonCodec<Argument>(argument === undefined ? {} : { schema: argument }),
    result: jsonCodec<Result>(result === undefined ? {} : { schema: result }),
  }
}
