import type { Configuration } from '@ring/config'
import type { GroupRecord, StatePart, ViewChange } from '@ring/gms'
import { callListener, type Logger } from '@ring/platform'
import type { GateView, NodePart, NodePartHost } from './node-part.ts'

/** Runs the parts of a node. Those that have started are told what happens. */
export class NodeParts {
  readonly #parts: readonly NodePart[]
  readonly #logger: Logger
  #started: readonly NodePart[] = []

  constructor(parts: readonly NodePart[], logger: Logger) {
    this.#parts = parts
    this.#logger = logger
  }

  /** Their shares of the record. */
  get states(): readonly StatePart[] {
    return this.#parts.flatMap(({ state }) => state ?? [])
  }

  onConfiguration(configuration: Configuration): void {
    for (const part of this.#parts) this.#tell(part, () => part.onConfiguration?.(configuration))
  }

  /** One after the other. Throws what a part throws; those before it are to be stopped then. */
  async start(hostOf: (part: NodePart) => NodePartHost): Promise<void> {
    for (const part of this.#parts) {
      await part.start?.(hostOf(part))
      this.#started = [...this.#started, part]
    }
  }

  onRecord(record: GroupRecord, change: ViewChange): void {
    for (const part of this.#started) this.#tell(part, () => part.onRecord?.(record, change))
  }

  onDelivery(gate: GateView): void {
    for (const part of this.#started) this.#tell(part, () => part.onDelivery?.(gate))
  }

  /** The node is about to leave, and serves as ever until this has ended. */
  async leaving(): Promise<void> {
    for (const part of this.#started) {
      try {
        await part.leaving?.()
      } catch (error) {
        this.#logger.error(
          { event: 'part.stop-failed', part: part.name, err: error },
          'a part of the node was not ready to stop',
        )
      }
    }
  }

  /** The last one first; each is given its time. */
  async stop(): Promise<void> {
    const stopping = this.#started.toReversed()
    this.#started = []
    for (const part of stopping) {
      try {
        await part.stop?.()
      } catch (error) {
        this.#logger.error(
          { event: 'part.stop-failed', part: part.name, err: error },
          'a part of the node did not stop',
        )
      }
    }
  }

  #tell(part: NodePart, call: () => unknown): void {
    callListener(this.#logger, `part ${part.name}`, call)
  }
}
