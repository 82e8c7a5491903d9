import { setTimeout as pause } from 'node:timers/promises'
import { attachProgram, type Program, type ProgramRole } from '@ring/messaging'
import { readSettings, startNode } from '@ring/node'
import type { NodeChoice } from '../core/settings.ts'
import { codeOf } from '../core/tally.ts'
import { UnavailableError } from '../errors.ts'

/** How a program of the bench comes to its node. */
export interface AttachmentSpec {
  readonly node: NodeChoice
  readonly embedded: boolean
  readonly role: ProgramRole
  readonly name: string
  readonly waitMs: number
  /** Milliseconds each request may take. */
  readonly deadlineMs: number
}

/** A program at its node, and the way to end both. */
export interface Attachment {
  readonly program: Program
  close(): Promise<void>
}

const retryMs = 100
/** A label may be longer than the name of a program should be. */
export const programNameMax = 60

/**
 * Attaches to the node of the configuration, or starts it in this process; waits for it for a while. A client also waits
 * until its node knows a server.
 *
 * @throws UnavailableError, ConfigurationError and what else stops a node from starting
 */
export async function openAttachment(spec: AttachmentSpec, signal: AbortSignal): Promise<Attachment> {
  const endMs = performance.now() + spec.waitMs
  const attachment = spec.embedded ? await embed(spec) : await attach(spec, endMs, signal)
  try {
    if (spec.role === 'client') await serverUp(attachment.program, endMs, signal)
    return attachment
  } catch (error) {
    await attachment.close()
    throw error
  }
}

async function embed(spec: AttachmentSpec): Promise<Attachment> {
  const node = await startNode(spec.node)
  const program = node.embed({ role: spec.role, name: spec.name, defaultDeadlineMs: spec.deadlineMs })
  return {
    program,
    close: async () => {
      await program.close()
      await node.stop()
    },
  }
}

async function attach(spec: AttachmentSpec, endMs: number, signal: AbortSignal): Promise<Attachment> {
  const { configuration, runtimeDirectory } = await readSettings(spec.node)
  for (;;) {
    try {
      const program = await attachProgram({
        runtimeDirectory,
        role: spec.role,
        name: spec.name,
        group: configuration.global.group,
        reattach: true,
        defaultDeadlineMs: spec.deadlineMs,
      })
      return { program, close: () => program.close() }
    } catch (error) {
      if (codeOf(error) !== 'RING_ATTACH_FAILED') throw error
      await orGiveUp(endMs, signal, () => new UnavailableError((error as Error).message, { cause: error }))
    }
  }
}

async function serverUp(program: Program, endMs: number, signal: AbortSignal): Promise<void> {
  while (program.routing?.servers.some(({ up }) => up) !== true) {
    await orGiveUp(
      endMs,
      signal,
      () => new UnavailableError('The node is there, but it knows no server that is up; start one (ring-node).'),
    )
  }
}

async function orGiveUp(endMs: number, signal: AbortSignal, error: () => Error): Promise<void> {
  if (signal.aborted || performance.now() >= endMs) throw error()
  await pause(retryMs)
}
