import { RingError } from '@ring/platform'

/** Another process leads the life of this node on this machine. */
export class NodeRunningError extends RingError {
  constructor(directory: string, pid: number) {
    super(
      'RING_NODE_RUNNING',
      `This node is running already (process ${pid} holds ${directory}). Stop it, or give this node another identity (-ctlport) or RUNTIMEDIR.`,
    )
  }
}

/** The node was stopped while somebody waited for it to be ready. */
export class NodeStoppedError extends RingError {
  constructor(name: string) {
    super(
      'RING_NODE_STOPPED',
      `${name} was stopped before it was ready. Start a new node; if nobody meant to stop this one, its log says why.`,
    )
  }
}

/** A server program was to attach to a node that serves nothing. */
export class WitnessError extends RingError {
  constructor(name: string) {
    super(
      'RING_WITNESS_SERVES_NOTHING',
      `${name} is a witness: it votes and serves nothing. Attach server programs to another server, or take it out of WITNESSES.`,
    )
  }
}

/** The configuration is valid in itself, but this node cannot be run with it. */
export class NodeSetupError extends RingError {
  constructor(text: string, options?: ErrorOptions) {
    super('RING_NODE_SETUP', text, options)
  }
}
