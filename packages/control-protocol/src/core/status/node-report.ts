import type { ServerState } from './server-state.ts'
import type { UpdateTime } from './update-time.ts'

export type NodeMode = 'server' | 'slave'

/** What a node shows of its certificates. Never a private key, nor where one lies: there is no field for it. */
export interface TlsReport {
  readonly enabled: boolean
  readonly verifyPeer: boolean
  /** `authorities` is a file, and not a directory. */
  readonly authoritiesAreFile: boolean
  readonly authorities: string
  readonly serverCertificate: string
  readonly slaveCertificate: string
}

export const noTls: TlsReport = {
  enabled: false,
  verifyPeer: false,
  authoritiesAreFile: false,
  authorities: '',
  serverCertificate: '',
  slaveCertificate: '',
}

/** A node as the one that was asked sees it. */
export interface NodeReport {
  /** The chmpxid: `0x` and hexadecimal digits. */
  readonly id: string
  readonly name: string
  readonly mode: NodeMode
  /** A slave has none. */
  readonly port?: number
  readonly ctlport: number
  readonly cuk: string
  readonly customSeed: string
  /** Each `host` or `host:port`. */
  readonly endpoints: readonly string[]
  readonly ctlendpoints: readonly string[]
  readonly forwardPeers: readonly string[]
  readonly reversePeers: readonly string[]
  readonly tls: TlsReport
  readonly state: ServerState
  readonly lastUpdate: UpdateTime
  /** Its slot now; none where it owns nothing. */
  readonly baseHash?: number
  /** Its slot once the merge is complete. */
  readonly pendingHash?: number
  /**
   * Links between the two: of a server those that this node dialled, of a slave those that it dialled here. CHMPX's own
   * check counts them, and expects each link in both nodes' reports: links between servers are best left out, since it
   * would want the dialling server among the slaves of the other, and then takes it for one.
   */
  readonly sockets: readonly number[]
  readonly controlSockets: readonly number[]
  /** Where the node that was asked listens; of the others it is not known. */
  readonly listenSocket?: number
  readonly listenControlSocket?: number
}

/** How a node is named to an operator: `host:ctlport`, and the CUK where there is one. */
export function nodeLabel({ name, ctlport, cuk }: Pick<NodeReport, 'name' | 'ctlport' | 'cuk'>): string {
  return `${name}:${ctlport}${cuk === '' ? '' : `:${cuk}`}`
}
