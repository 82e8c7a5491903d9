import type { Codec } from './codec.ts'
import { jsonCodec, type Schema } from './json-codec.ts'

/** One thing that a service does: how what it is given travels, and what it gives back. */
export interface Method<Argument, Result> {
  readonly argument: Codec<Argument>
  readonly result: Codec<Result>
}

/** One that gives back any number of results, as they come: each travels by the codec of the result. */
export interface StreamMethod<Argument, Result> extends Method<Argument, Result> {
  readonly isStream: true
}

/** The methods of a service by their names (1 to 255 bytes). Client and server take the same. */
export type Methods = Readonly<Record<string, Method<unknown, unknown>>>

export type ArgumentOf<One> = One extends { readonly argument: Codec<infer Argument> } ? Argument : never
export type ResultOf<One> = One extends { readonly result: Codec<infer Result> } ? Result : never

/** The names of the methods that give back streams, and of those that give back one result. */
export type StreamNames<All extends Methods> = {
  [Name in keyof All & string]: All[Name] extends { readonly isStream: true } ? Name : never
}[keyof All & string]
export type PlainNames<All extends Methods> = {
  [Name in keyof All & string]: All[Name] extends { readonly isStream: true } ? never : Name
}[keyof All & string]

/** The same method, giving back a stream of such results. */
export function streamMethod<Argument, Result>(method: Method<Argument, Result>): StreamMethod<Argument, Result> {
  return { ...method, isStream: true }
}

/** Whether a method gives back a stream. */
export function givesStream(method: Method<unknown, unknown>): boolean {
  return (method as Partial<StreamMethod<unknown, unknown>>).isStream === true
}

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
