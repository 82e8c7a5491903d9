/**
 * Typed methods on top of requests: a service as a list of methods, each with the types of what it is given and gives back, and
 * codecs that say how those travel. A thin layer: what it sends are requests like any other.
 *
 * @packageDocumentation
 */
export { type Codec, CodecError } from './typed/codec.ts'
export { type JsonOptions, jsonCodec, type Schema } from './typed/json-codec.ts'
export {
  type ArgumentOf,
  jsonMethod,
  type Method,
  type Methods,
  type PlainNames,
  type ResultOf,
  type StreamMethod,
  type StreamNames,
  streamMethod,
} from './typed/method.ts'
export { type MethodHandlers, methodsHandler } from './typed/methods-handler.ts'
export { TypedCallError } from './typed/typed-call-error.ts'
export { type TypedAnswer, type TypedClient, typedClient } from './typed/typed-client.ts'
