/** Where a control port is dialled. */
export interface NodeAddress {
  readonly host: string
  readonly port: number
}

/** A node as an operator names it: `host:ctlport[:cuk[:seed[:ctlendpoints]]]`. */
export interface NamedNode extends NodeAddress {
  readonly cuk: string
  readonly customSeed: string
  readonly ctlEndpoints: string
}

/** @returns undefined for a word that names no port */
export function namedNode(word: string): NamedNode | undefined {
  const found = /^(?:\[([0-9a-f:.%]{2,60})\]|([^\s:[\]]{1,255})):(\d{1,5})(?::([^:]*)(?::([^:]*)(?::(.*))?)?)?$/i.exec(
    word,
  )
  if (found === null) return undefined
  const port = Number(found[3])
  if (!isPort(port)) return undefined
  const [cuk = '', customSeed = '', ctlEndpoints = ''] = found.slice(4)
  return { host: found[1] ?? found[2]!, port, cuk, customSeed, ctlEndpoints }
}

/** `host:port`, and an IPv6 host in brackets. */
export function addressText({ host, port }: NodeAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** An endpoint as configurations and nodes write it; without a port it has that of the node. */
export function endpointAddress(text: string, ctlPort: number): NodeAddress | undefined {
  const named = namedNode(text)
  if (named !== undefined) return { host: named.host, port: named.port }
  return isHost(text) ? { host: text.replace(/^\[(.*)\]$/, '$1'), port: ctlPort } : undefined
}

/** The first ones of a list that can be dialled. */
export function endpointAddresses(texts: readonly string[], ctlPort: number): readonly NodeAddress[] {
  const mostTried = 8
  return texts.slice(0, mostTried).flatMap((text) => endpointAddress(text, ctlPort) ?? [])
}

export const isPort = (port: number): boolean => Number.isInteger(port) && port >= 1 && port <= 65_535

/** What a node tells of others is dialled, so it has to look like a host at least. */
export const isHost = (text: string): boolean => /^(?:\[[0-9a-f:.%]{2,60}\]|[\w.%:-]{1,255})$/i.test(text)
