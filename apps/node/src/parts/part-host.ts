import { encodeControlMessage, type MembershipDriver, propose } from '@ring/gms'
import type { DataPlane } from '@ring/messaging'
import type { DeliveryGate } from '@ring/platform'
import type { CoreSettings } from '../running/core-settings.ts'
import type { NodeNetwork, NodeSurroundings } from '../running/node-surroundings.ts'
import type { NodePart, NodePartHost } from './node-part.ts'

/** What runs in a node that parts are given a share of. */
interface Running {
  readonly membership: MembershipDriver
  readonly messaging: DataPlane
  readonly gate: DeliveryGate
  readonly network: NodeNetwork
}

/** The node as one of its parts sees it. */
export function partHost(
  { name: partName, state }: NodePart,
  { name, self }: CoreSettings,
  { clock, random, disk, logger }: NodeSurroundings,
  { membership, messaging, gate, network }: Running,
): NodePartHost {
  return {
    ...{ name, role: self.role, clock, random, disk, logger, gate },
    get record() {
      return membership.record
    },
    get isPrimary() {
      return membership.isPrimary
    },
    control: {
      connect: (protocol) => membership.control.connect(protocol),
      send: (to, message) => network.control.send(to, encodeControlMessage(message)),
    },
    propose: async (body, { id, ...waiting } = {}) => {
      if (!state) throw new TypeError(`the part ${partName} has no share of the record: give it a state`)
      return propose(membership, { part: state.name, body, ...(id !== undefined && { id }) }, waiting)
    },
    embed: (options) => messaging.embed(options),
  }
}
