import { type RingNode, startNode } from '@ring/node'
import type { Counts, LoadResult } from '../core/load-result.ts'
import type { NodeChoice } from '../core/settings.ts'
import type { Part } from './part.ts'

export interface NodeSpec {
  readonly kind: 'node'
  readonly node: NodeChoice
}

/** A node of a ring that the bench has started for itself. */
export class NodePart implements Part {
  private readonly node: RingNode
  private end: (() => void) | undefined

  private constructor(node: RingNode) {
    this.node = node
  }

  static async open(spec: NodeSpec): Promise<NodePart> {
    return new NodePart(await startNode(spec.node))
  }

  async run(): Promise<LoadResult> {
    const startMs = performance.now()
    await new Promise<void>((resolve) => {
      this.end = resolve
    })
    return { kind: 'served', elapsedMs: performance.now() - startMs, requests: 0, bytes: 0, oneWay: 0 }
  }

  stop(): void {
    this.end?.()
  }

  counts(): Counts {
    return { sent: 0, done: 0, failures: 0 }
  }

  close(): Promise<void> {
    return this.node.stop()
  }
}
