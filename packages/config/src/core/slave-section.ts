import { endpoints } from './endpoint.ts'
import { port, text } from './field.ts'
import { defineSection, type SectionValues } from './section.ts'
import { slaveTlsFields } from './tls-fields.ts'

/** The keys of [SLVNODE]: who may connect as a slave. */
export const slaveSection = defineSection(
  'SLVNODE',
  {
    name: text({ maxLength: 1023, live: true, doc: 'host name, pattern, or regular expression; [.]* is any host' }),
    ctlPort: port({ optional: true, live: true, doc: 'control port' }),
    cuk: text({
      optional: true,
      maxLength: 2047,
      live: true,
      doc: 'custom unique key, or a regular expression for it',
    }),
    customIdSeed: text({
      key: 'CUSTOM_ID_SEED',
      optional: true,
      maxLength: 2047,
      live: true,
      doc: 'seed of the node id',
    }),
    ctlEndpoints: endpoints({
      default: [],
      live: true,
      doc: 'where others dial the control port, before NAME:CTLPORT',
    }),
    forwardPeers: endpoints({
      key: 'FORWARD_PEERS',
      default: [],
      live: true,
      doc: 'addresses that this node may be seen as',
    }),
    reversePeers: endpoints({
      key: 'REVERSE_PEERS',
      default: [],
      live: true,
      doc: 'gateways through which others connect',
    }),
    ...slaveTlsFields,
  },
  { repeats: true, doc: 'Who may connect as a slave.' },
)

export type SlaveFields = typeof slaveSection.fields
export type SlaveSettings = SectionValues<SlaveFields>
