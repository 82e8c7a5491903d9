import { type AddressInfo, connect, createServer, type Server } from 'node:net'
import type { Routing } from '@ring/placement'
import { incarnation, type Link, type LinkHandler, nodeName, type Peer } from '@ring/platform'
import { SocketLink } from '@ring/transport'
import type { DataDialer, Messaging } from '../src/index.ts'
import { maxDataFrameBytes } from '../src/index.ts'

/** Data links over plain TCP without a handshake: for benchmarks and tests on one machine only. */

const frames = { maxFrameBytes: maxDataFrameBytes, oneByOne: false }

/** Dials the address of the routing; the link is handed over when it is connected. */
export const plainDialer: DataDialer = {
  open: (server, events) => {
    const [host, port] = server.address.split(':')
    const socket = connect(Number(port), host)
    const failed = (error: Error): void => {
      events.onFailed(error)
    }
    socket.once('error', failed)
    socket.once('connect', () => {
      socket.off('error', failed)
      const link: SocketLink = new SocketLink(socket, idle, { frames })
      link.handOver(events.onOpen(link, { pings: true, services: true, credit: true }), frames)
    })
    return {
      cancel: () => {
        socket.off('error', failed)
        socket.on('error', () => undefined)
        socket.destroy()
      },
    }
  },
}

/** Listens for data links; every peer is taken for a slave. */
export async function listenPlain(messaging: () => Messaging): Promise<{ server: Server; address: string }> {
  const peer: Peer = { name: nodeName('peer'), incarnation: incarnation(1), role: 'slave' }
  const server = createServer((socket) => {
    const link = new SocketLink(socket, idle, { frames })
    link.handOver(messaging().acceptDataLink(peer, link, { pings: true, services: true, credit: true }), frames)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, address: `127.0.0.1:${(server.address() as AddressInfo).port}` }
}

const idle: LinkHandler = {
  onFrames: (link: Link) => {
    link.destroy()
  },
  onDrain: () => undefined,
  onClosed: () => undefined,
}

/** A routing that gives partition p to server p modulo their number, with the next ones as replicas. */
export function staticRouting(
  servers: readonly { name: string; address: string; up?: boolean; incarnation?: number }[],
  options: { readonly version?: number; readonly mode?: 'hash' | 'random'; readonly width?: number } = {},
): Routing {
  const { version = 1, mode = 'hash', width = Math.min(2, servers.length) } = options
  const partitions = 64
  return {
    version,
    epoch: version,
    mode,
    strategy: 'ring',
    partitions,
    servers: servers.map((server) => ({ up: true, incarnation: 1, ...server })),
    width,
    owners: Uint16Array.from({ length: partitions * width }, (_, place) => {
      const partition = Math.floor(place / width)
      return (partition + (place % width)) % servers.length
    }),
    changedAt: new Float64Array(partitions).fill(version),
  }
}
