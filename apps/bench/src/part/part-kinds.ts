import {
  BaselineClientPart,
  type BaselineClientSpec,
  BaselineServerPart,
  type BaselineServerSpec,
} from './baseline-part.ts'
import { ClientPart, type ClientSpec } from './client-part.ts'
import { NodePart, type NodeSpec } from './node-part.ts'
import type { Part } from './part.ts'
import { ServerPart, type ServerSpec } from './server-part.ts'

export type PartSpec = ClientSpec | ServerSpec | NodeSpec | BaselineServerSpec | BaselineClientSpec

/** Opens a part in this process. `show` takes the lines of `-pr`. */
export function openPart(spec: PartSpec, show: (line: string) => void, signal: AbortSignal): Promise<Part> {
  switch (spec.kind) {
    case 'client':
      return ClientPart.open(spec, show, signal)
    case 'server':
      return ServerPart.open(spec, show, signal)
    case 'node':
      return NodePart.open(spec)
    case 'baseline-server':
      return BaselineServerPart.open()
    case 'baseline-client':
      return BaselineClientPart.open(spec)
  }
}
