import {
  type ArgumentRule,
  aCount,
  aFlag,
  anObject,
  aText,
  checkArguments,
  oneOf,
  optional,
  silent,
} from '@ring/platform'
import { createDataPlane, type DataPlane } from './data-plane.ts'
import type { DataPlaneOptions } from './data-plane-options.ts'
import { listenForPrograms } from './program-listener.ts'

export interface MessagingOptions extends DataPlaneOptions {
  readonly group: string
  /** Where the program socket is made, mode 0700; without it only embedded programs can attach. */
  readonly runtimeDirectory?: string
}

/** The data plane of a node, and the socket on which programs of its machine attach. */
export interface Messaging extends DataPlane {
  /** Makes the program socket anew, where somebody removed it; programs that are attached stay. */
  listenAgain(): Promise<void>
}

const aTime: ArgumentRule = {
  fits: (value) => typeof value === 'number' && value > 0,
  wanted: 'a number of milliseconds above 0',
}
const messagingRules = {
  ...{ group: aText, name: aText, incarnation: aCount, role: oneOf('server', 'slave') },
  ...{ witness: optional(aFlag), runtimeDirectory: optional(aText) },
  ...{
    clock: anObject,
    random: anObject,
    dialer: anObject,
    logger: optional(anObject),
    pauseWatch: optional(anObject),
  },
  pauseMs: optional(aTime),
  detectMs: optional(aTime),
} satisfies Readonly<Record<string, ArgumentRule>>

/** Starts the data plane of a node. It knows no servers until {@link Messaging.setRouting}. */
export async function createMessaging(options: MessagingOptions): Promise<Messaging> {
  checkArguments('createMessaging()', options, messagingRules)
  const { runtimeDirectory, group, name, logger = silent } = options
  const plane = createDataPlane(options)
  const door =
    runtimeDirectory === undefined
      ? undefined
      : await listenForPrograms(plane, { runtimeDirectory, group, name, logger })
  const { stop } = plane
  return Object.assign(plane, {
    listenAgain: async () => {
      await door?.listenAgain()
    },
    stop: async (stopping?: { readonly drainMs?: number }) => {
      await stop(stopping)
      await door?.close()
    },
  })
}
