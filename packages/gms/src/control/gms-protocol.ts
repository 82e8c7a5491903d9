import type { Peer } from '@ring/platform'
import type { GmsMessage } from '../core/messages.ts'
import { type ControlProtocol, decodedOr } from './control-switchboard.ts'
import { decodeGmsMessage } from './gms-message-schema.ts'

/** What slaves may say: they ask, follow, report and propose, and take no part in deciding. */
const slavesSay: ReadonlySet<GmsMessage['type']> = new Set([
  'gms.follow',
  'gms.refused-report',
  'gms.ack',
  'gms.view-req',
  'gms.operation-req',
])

/** Membership's own messages. */
export function gmsProtocol(onMessage: (from: Peer, message: GmsMessage) => void): ControlProtocol<GmsMessage> {
  return {
    prefix: 'gms',
    decode: (value) => decodedOr(decodeGmsMessage(value)),
    isForSlaves: ({ type }) => slavesSay.has(type),
    onMessage,
  }
}
