import { ArgumentError, anObject, checkArgument, thrownText } from '@ring/platform'
import type { IncomingRequest } from '../core/program/answering/incoming-request.ts'
import type { Answered, Handler } from '../core/program/answering/responder.ts'
import { isStream } from '../core/program/streaming/yielded-items.ts'
import { AnswerKind, answerBody, readCall, refusalBody } from './call-body.ts'
import { type ArgumentOf, givesStream, type Method, type Methods, type ResultOf } from './method.ts'

/** What a method gives back: a result, or a stream of them. */
type GivenBy<One> = One extends { readonly isStream: true } ? AsyncIterable<ResultOf<One>> : ResultOf<One>

/**
 * What is done for each method. The request beside the argument has the key, the signal and all else that a handler is given. A
 * method that gives back a stream is an async generator, or returns anything with `Symbol.asyncIterator`.
 */
export type MethodHandlers<All extends Methods> = {
  readonly [Name in keyof All]: (
    argument: ArgumentOf<All[Name]>,
    request: IncomingRequest,
  ) => GivenBy<All[Name]> | Promise<GivenBy<All[Name]>>
}

type AnyHandler = (argument: unknown, request: IncomingRequest) => unknown

interface Served {
  readonly method: Method<unknown, unknown>
  readonly handler: AnyHandler
}

/**
 * A handler, for {@link Program.serve}, that takes calls of a typed client. What cannot be understood is answered, and ends
 * nothing; what a method throws is told to the caller as by any handler.
 *
 * @throws ArgumentError where a method has no handler
 */
export function methodsHandler<All extends Methods>(methods: All, handlers: MethodHandlers<All>): Handler {
  checkArgument('methodsHandler()', 'the methods', methods, anObject)
  checkArgument('methodsHandler()', 'the handlers', handlers, anObject)
  const served = new Map<string, Served>()
  for (const [name, method] of Object.entries(methods)) {
    const handler: unknown = (handlers as Readonly<Record<string, unknown>>)[name]
    if (typeof handler !== 'function') throw new ArgumentError(`The method ${JSON.stringify(name)} has no handler.`)
    served.set(name, { method: method, handler: handler as AnyHandler })
  }
  return (request) => answerOf(served, request)
}

function answerOf(served: ReadonlyMap<string, Served>, request: IncomingRequest): ReturnType<Handler> {
  const call = readCall(request.body)
  if (call === undefined) return refused(request, AnswerKind.argumentRefused, 'what arrived is no typed call.')
  const { method: name, argument } = call
  const one = served.get(name)
  if (one === undefined) {
    const names = [...served.keys()].join(', ')
    return refused(request, AnswerKind.unknownMethod, `there is no method ${JSON.stringify(name)} here, but: ${names}.`)
  }
  if (givesStream(one.method) && !request.takesStream && !request.oneWay) {
    const text = `${JSON.stringify(name)} gives a stream: ask with requestStream().`
    return refused(request, AnswerKind.argumentRefused, text)
  }
  let value: unknown
  try {
    value = one.method.argument.decode(argument)
  } catch (error) {
    return refused(request, AnswerKind.argumentRefused, reasonOf(error))
  }
  const result = one.handler(value, request)
  return isThenable(result)
    ? Promise.resolve(result).then((settled) => resultOf(one, request, settled))
    : resultOf(one, request, result)
}

function resultOf({ method }: Served, request: IncomingRequest, result: unknown): Answered {
  if (givesStream(method) && isStream(result)) return answersOf(method, request, result)
  // Nobody is sent it.
  if (request.oneWay) return undefined
  if (givesStream(method))
    return refusalBody(AnswerKind.resultRefused, 'the method gave no stream, and is to give one.')
  return bodyOf(method, result)
}

/** The first result that cannot be sent is the last. */
async function* answersOf(
  method: Method<unknown, unknown>,
  request: IncomingRequest,
  results: AsyncIterable<unknown>,
): AsyncGenerator<Uint8Array> {
  for await (const result of results) {
    if (request.oneWay) continue
    const body = bodyOf(method, result)
    yield body
    if (body[0] !== AnswerKind.result) return
  }
}

function bodyOf(method: Method<unknown, unknown>, result: unknown): Uint8Array {
  try {
    return answerBody(AnswerKind.result, method.result.encode(result))
  } catch (error) {
    return refusalBody(AnswerKind.resultRefused, reasonOf(error))
  }
}

/** The sender of a one-way message is sent no body: it hears of a failure. */
function refused(request: IncomingRequest, kind: number, text: string): Uint8Array {
  if (request.oneWay) throw new Error(`Not run: ${text}`)
  return refusalBody(kind, text)
}

function isThenable(result: unknown): result is PromiseLike<unknown> {
  return typeof (result as Partial<PromiseLike<unknown>> | null | undefined)?.then === 'function'
}

function reasonOf(error: unknown): string {
  return thrownText(error)
}
