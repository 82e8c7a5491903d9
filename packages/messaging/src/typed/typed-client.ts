import { ArgumentError, anObject, checkArgument, thrownText } from '@ring/platform'
import type { Key } from '../core/program/asking/key-route.ts'
import type { RequestOptions } from '../core/program/asking/request-options.ts'
import type { ServiceCalls } from '../service-calls.ts'
import { AnswerKind, callBody, textOf } from './call-body.ts'
import { CodecError } from './codec.ts'
import { DecodedItems, refusedItems } from './decoded-items.ts'
import {
  type ArgumentOf,
  givesStream,
  type Method,
  type Methods,
  type PlainNames,
  type ResultOf,
  type StreamNames,
} from './method.ts'
import { argumentRefused, resultRefused, unknownMethod } from './typed-call-error.ts'

/** One server's answer to a typed broadcast or replicate. */
export type TypedAnswer<Result> =
  | { readonly server: string | undefined; readonly ok: true; readonly result: Result }
  | { readonly server: string | undefined; readonly ok: false; readonly error: Error }

/**
 * The calls of a service with their types. They promise what the calls of {@link ServiceCalls} of the same name do, and end with
 * the same errors; beside these with {@link TypedCallError}, and with {@link CodecError} when the argument cannot be encoded:
 * then nothing was sent.
 */
export interface TypedClient<All extends Methods> {
  request<Name extends PlainNames<All>>(
    method: Name,
    key: Key,
    argument: ArgumentOf<All[Name]>,
    options?: RequestOptions,
  ): Promise<ResultOf<All[Name]>>
  requestTo<Name extends PlainNames<All>>(
    method: Name,
    server: string,
    argument: ArgumentOf<All[Name]>,
    options?: RequestOptions,
  ): Promise<ResultOf<All[Name]>>
  /** Of methods that give back a stream. A result that cannot be taken ends it, as an error of the iterator. */
  requestStream<Name extends StreamNames<All>>(
    method: Name,
    key: Key,
    argument: ArgumentOf<All[Name]>,
    options?: RequestOptions,
  ): AsyncIterableIterator<ResultOf<All[Name]>>
  requestStreamTo<Name extends StreamNames<All>>(
    method: Name,
    server: string,
    argument: ArgumentOf<All[Name]>,
    options?: RequestOptions,
  ): AsyncIterableIterator<ResultOf<All[Name]>>
  /** Resolves when the method has ended; its result is not sent. */
  send<Name extends keyof All & string>(
    method: Name,
    key: Key,
    argument: ArgumentOf<All[Name]>,
    options?: RequestOptions,
  ): Promise<void>
  broadcast<Name extends PlainNames<All>>(
    method: Name,
    argument: ArgumentOf<All[Name]>,
    options?: RequestOptions,
  ): Promise<readonly TypedAnswer<ResultOf<All[Name]>>[]>
  replicate<Name extends PlainNames<All>>(
    method: Name,
    key: Key,
    argument: ArgumentOf<All[Name]>,
    options?: RequestOptions,
  ): Promise<readonly TypedAnswer<ResultOf<All[Name]>>[]>
}

/**
 * @param calls a service of a program, or the program itself for the unnamed one
 * @throws ArgumentError
 */
export function typedClient<All extends Methods>(calls: ServiceCalls, methods: All): TypedClient<All> {
  checkArgument('typedClient()', 'the service', calls, anObject)
  checkArgument('typedClient()', 'the methods', methods, anObject)
  return new CodecClient(calls, methods) as unknown as TypedClient<All>
}

type AnyMethod = Method<unknown, unknown>

class CodecClient {
  private readonly calls: ServiceCalls
  private readonly methods: ReadonlyMap<string, AnyMethod>

  constructor(calls: ServiceCalls, methods: Methods) {
    this.calls = calls
    this.methods = new Map(Object.entries(methods) as [string, AnyMethod][])
  }

  async request(method: string, key: Key, argument: unknown, options?: RequestOptions): Promise<unknown> {
    return this.result(method, await this.calls.request(key, this.encodedPlain(method, argument), options))
  }

  async requestTo(method: string, server: string, argument: unknown, options?: RequestOptions): Promise<unknown> {
    return this.result(method, await this.calls.requestTo(server, this.encodedPlain(method, argument), options))
  }

  requestStream(method: string, key: Key, argument: unknown, options?: RequestOptions): DecodedItems<unknown> {
    return this.items(method, () => this.calls.requestStream(key, this.encoded(method, argument), options))
  }

  requestStreamTo(method: string, server: string, argument: unknown, options?: RequestOptions): DecodedItems<unknown> {
    return this.items(method, () => this.calls.requestStreamTo(server, this.encoded(method, argument), options))
  }

  async send(method: string, key: Key, argument: unknown, options?: RequestOptions): Promise<void> {
    await this.calls.send(key, this.encoded(method, argument), options)
  }

  async broadcast(method: string, argument: unknown, options?: RequestOptions): Promise<TypedAnswer<unknown>[]> {
    const answers = await this.calls.broadcast(this.encodedPlain(method, argument), options)
    return answers.map((answer) => (answer.ok ? this.member(method, answer.server, answer.body) : answer))
  }

  async replicate(
    method: string,
    key: Key,
    argument: unknown,
    options?: RequestOptions,
  ): Promise<TypedAnswer<unknown>[]> {
    const answers = await this.calls.replicate(key, this.encodedPlain(method, argument), options)
    return answers.map((answer) => (answer.ok ? this.member(method, answer.server, answer.body) : answer))
  }

  private member(method: string, server: string | undefined, body: Uint8Array): TypedAnswer<unknown> {
    try {
      return { server, ok: true, result: this.result(method, body) }
    } catch (error) {
      return { server, ok: false, error: error as Error }
    }
  }

  /** What cannot be encoded ends as other failures do: by the iterator. */
  private items(method: string, call: () => AsyncIterator<Uint8Array, undefined>): DecodedItems<unknown> {
    const decode = (body: Uint8Array): unknown => this.result(method, body)
    try {
      return new DecodedItems(call(), decode)
    } catch (error) {
      return new DecodedItems(refusedItems(error as Error), decode)
    }
  }

  /** What a stream gives back, as one reply or one of several, could not be taken apart. */
  private encodedPlain(method: string, argument: unknown): Uint8Array {
    const known = this.methods.get(method)
    if (known !== undefined && givesStream(known))
      throw new ArgumentError(`The method ${JSON.stringify(method)} gives a stream. Ask with requestStream().`)
    return this.encoded(method, argument)
  }

  private encoded(method: string, argument: unknown): Uint8Array {
    const known = this.methods.get(method)
    if (known === undefined) throw new CodecError(`The client was given no method ${JSON.stringify(method)}.`)
    return callBody(method, known.argument.encode(argument))
  }

  private result(method: string, body: Uint8Array): unknown {
    const content = body.subarray(1)
    switch (body[0]) {
      case AnswerKind.result:
        return this.decoded(method, content)
      case AnswerKind.unknownMethod:
        throw unknownMethod(method, textOf(content))
      case AnswerKind.argumentRefused:
        throw argumentRefused(method, textOf(content))
      case AnswerKind.resultRefused:
        throw resultRefused(method, textOf(content))
      default:
        throw resultRefused(method, 'what answered is no typed server, or one of a later version.')
    }
  }

  private decoded(method: string, content: Uint8Array): unknown {
    try {
      return this.methods.get(method)!.result.decode(content)
    } catch (error) {
      throw resultRefused(method, thrownText(error), { cause: error })
    }
  }
}
