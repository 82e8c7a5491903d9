import { type Clock, checkArguments, type Link, type LinkClosed, type LinkHandler, type Logger } from '@ring/platform'
import { checkServes, programRules } from './call-arguments.ts'
import { ProgramEndpoint } from './core/program/program-endpoint.ts'
import type { ProgramRouting } from './core/program/program-routing.ts'
import type { StartAdmission } from './core/relay/waiting/verdict.ts'
import { DirectLink } from './direct-link.ts'
import type { EventLoop } from './event-loop.ts'
import { EndpointProgram, type ProgramRole } from './program.ts'

/** A program in the node's own process: no socket, no second hop. */
export interface Embedded {
  readonly program: EndpointProgram
  readonly endpoint: ProgramEndpoint
  /** The node's end of its link. */
  readonly nodeLink: DirectLink
}

export interface EmbedOptions {
  readonly role: ProgramRole
  readonly name: string
  /** The service that a server program serves; the unnamed one by default. */
  readonly service?: string
  /** Milliseconds a request waits when its call does not say; 0 for ever. Default 30 000. */
  readonly defaultDeadlineMs?: number
}

/** What an embedded program asks of its node. */
export interface EmbeddingNode {
  readonly clock: Clock
  readonly loop: EventLoop
  readonly logger: Logger
  /** Something begins: see to it that ticks follow. */
  stir(): void
  /** The time that the node was told before it handled the input which it hands on now. */
  readonly inputMs: number
  /** Asked before each start of a handler: a program that computes holds the node up, too. */
  readonly admission: StartAdmission
}

export function embedProgram(
  node: EmbeddingNode,
  options: EmbedOptions,
  routing: ProgramRouting | undefined,
): Embedded {
  checkArguments('embed()', options, programRules)
  checkServes(options)
  const { clock, loop } = node
  const [programLink, nodeLink] = DirectLink.pair(loop)
  const shell = {
    tellTime: () => {
      node.stir()
      endpoint.time(clock.monotonicMs())
    },
    nextTurn: (run: () => void) => {
      loop.nextTurn(run, undefined)
    },
    wake: () => {
      loop.afterTurn(flush, undefined)
    },
    // The node hands an embedded program its routing directly.
    onRouting: () => undefined,
    onViolation: () => {
      programLink.destroy()
    },
  }
  const endpoint = new ProgramEndpoint(shell, clock.monotonicMs(), options.defaultDeadlineMs ?? 30_000)
  endpoint.responder.admission = node.admission
  const flush = (): void => {
    endpoint.flush()
  }
  const program = new EndpointProgram(options, endpoint, node.logger, () => {
    programLink.close()
  })
  programLink.handle(handlerOf(node, endpoint, program))
  endpoint.connect(programLink, true, true, true)
  if (routing !== undefined) program.routingChanged(routing)
  return { program, endpoint, nodeLink }
}

function handlerOf(node: EmbeddingNode, endpoint: ProgramEndpoint, program: EndpointProgram): LinkHandler {
  return {
    onFrames: (_link: Link, buffer: Uint8Array, start: number, end: number) => {
      endpoint.responder.time(node.inputMs)
      endpoint.onFrames(buffer, start, end)
    },
    onDrain: () => {
      endpoint.onDrain()
    },
    onClosed: (_link: Link, cause: LinkClosed) => {
      program.closed(cause)
    },
  }
}
