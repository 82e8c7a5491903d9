import { endpoints } from '../nodes/endpoint.ts'
import { text } from './field.ts'

/** The keys that mean the same for a server and for a slave. */
export const customIdSeed = text({
  key: 'CUSTOM_ID_SEED',
  optional: true,
  maxLength: 2047,
  live: true,
  doc: 'seed of the node id; kept for CHMPX',
})

export const ctlEndpoints = endpoints({
  default: [],
  live: true,
  doc: 'where others dial the control port, before NAME:CTLPORT; kept for CHMPX',
})

export const forwardPeers = endpoints({
  key: 'FORWARD_PEERS',
  default: [],
  live: true,
  doc: 'addresses that this node may be seen as',
})

export const reversePeers = endpoints({
  key: 'REVERSE_PEERS',
  default: [],
  live: true,
  doc: 'gateways through which others connect',
})
