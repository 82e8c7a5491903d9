import { port, text } from './field.ts'
import { ctlEndpoints, customIdSeed, forwardPeers, reversePeers } from './node-fields.ts'
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
    customIdSeed,
    ctlEndpoints,
    forwardPeers,
    reversePeers,
    ...slaveTlsFields,
  },
  { repeats: true, doc: 'Who may connect as a slave.' },
)

export type SlaveFields = typeof slaveSection.fields
export type SlaveSettings = SectionValues<SlaveFields>
