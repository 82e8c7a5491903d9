import { type DataDialer, type LinkAgreement, maxDataFrameBytes } from '@ring/messaging'
import { address, nodeName, RingError } from '@ring/platform'
import type { NodeEndpoint, NodeIdentity } from '@ring/transport'

/** What both ends of a data link know, for this node knows all of it. */
export function agreedWith({ pings = false, services = false, credit = false }: NodeIdentity): LinkAgreement {
  return { pings, services, credit }
}

/** Messaging's way to other servers: data links of the node's endpoint. */
export function dataDialer(endpoint: NodeEndpoint): DataDialer {
  return {
    open: (server, events) => {
      let cancelled = false
      endpoint.dialData(address(server.address), nodeName(server.name), (result) => {
        if (!result.ok) {
          if (!cancelled)
            events.onFailed(
              new RingError('RING_LINK_FAILED', `No data link to ${server.name}: ${result.failure.kind}.`),
            )
          return
        }
        const { link, peer } = result
        const wanted = peer.name === server.name && peer.incarnation === server.incarnation
        if (cancelled || !wanted) {
          link.destroy()
          if (!cancelled)
            events.onFailed(
              new RingError('RING_LINK_FAILED', `${server.address} leads to another life than ${server.name}.`),
            )
          return
        }
        link.handOver(events.onOpen(link, agreedWith(peer)), {
          maxFrameBytes: maxDataFrameBytes,
          oneByOne: false,
        })
      })
      return {
        cancel: () => {
          cancelled = true
        },
      }
    },
  }
}
