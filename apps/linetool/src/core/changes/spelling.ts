import { type IdType, type NodeReport, nodeLabel } from '@ring/control-protocol'

/** How a server is named in SERVICEOUT: by what the ring makes ids of. */
export function spelled(server: NodeReport, idType: IdType): string {
  const base = `${server.name}:${server.ctlport}`
  switch (idType) {
    case 'name':
      return nodeLabel(server)
    case 'cuk':
      return `${base}:${server.cuk}`
    case 'control endpoints':
      return `${base}:${server.ctlendpoints.join(',')}`
    case 'custom':
      return `${base}:${server.customSeed}`
  }
}
