import type { Configuration, ServerNode } from '@ring/config'
import { type Address, nodeName } from '@ring/platform'
import { type DialTarget, formatAddress } from '@ring/transport'

/** Where a server is dialled, in this order: its ENDPOINTS, then NAME:PORT. The record names the first one. */
export function serverAddresses({ host, port, endpoints }: ServerNode): readonly [Address, ...Address[]] {
  const dialled = [...endpoints.map((one) => formatAddress(one.host, one.port ?? port)), formatAddress(host, port)]
  const [first, ...others] = new Set(dialled)
  return [first!, ...others]
}

/** Every server of the configuration as the others dial it. */
export function dialTargets({ servers }: Configuration): readonly DialTarget[] {
  return servers.map((server) => ({
    name: nodeName(server.name),
    addresses: serverAddresses(server),
    tls: server.tls.enabled,
  }))
}
