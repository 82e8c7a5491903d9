import { endpoints } from './endpoint.ts'
import { port, text } from './field.ts'
import { defineSection, type SectionValues } from './section.ts'
import { slaveTlsFields } from './tls-fields.ts'

/** The keys of [SLVNODE]: who may connect as a slave. */
export const slaveSection = defineSection(
  'SLVNODE',
  {
    name: text({ maxLength: 1023, doc: 'host name, pattern, or regular expression; [.]* is any host' }),
    ctlPort: port({ optional: true, doc: 'control port' }),
    cuk: text({ optional: true, maxLength: 2047, doc: 'custom unique key, or a regular expression for it' }),
    customIdSeed: text({ key: 'CUSTOM_ID_SEED', optional: true, maxLength: 2047, doc: 'seed of the node id' }),
    ctlEndpoints: endpoints({ default: [], doc: 'where others dial the control port, before NAME:CTLPORT' }),
    forwardPeers: endpoints({ key: 'FORWARD_PEERS', default: [], doc: 'addresses that this node may be seen as' }),
    reversePeers: endpoints({ key: 'REVERSE_PEERS', default: [], doc: 'gateways through which others connect' }),
    ...slaveTlsFields,
  },
  { repeats: true, doc: 'Who may connect as a slave.' },
)

export type SlaveFields = typeof slaveSection.fields
export type SlaveSettings = SectionValues<SlaveFields>
