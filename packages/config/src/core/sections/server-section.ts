import { endpoints } from '../nodes/endpoint.ts'
import { hostNames } from '../nodes/host-pattern.ts'
import { port, text, yesNo } from './field.ts'
import { ctlEndpoints, customIdSeed, forwardPeers, reversePeers } from './node-fields.ts'
import { defineSection, type SectionValues } from './section.ts'
import { serverTlsFields } from './tls-fields.ts'

/** The keys of [SVRNODE]. What is not given here is taken from [GLOBAL] where it has the key. */
export const serverSection = defineSection(
  'SVRNODE',
  {
    name: hostNames({
      live: true,
      doc: 'host name or address, several with commas, or a pattern such as web[1-3].example',
    }),
    port: port({ optional: true, live: true, doc: 'data port' }),
    ctlPort: port({ optional: true, live: true, doc: 'control port' }),
    cuk: text({ optional: true, maxLength: 2047, live: true, doc: 'custom unique key, another identity than NAME' }),
    customIdSeed,
    endpoints: endpoints({ default: [], live: true, doc: 'where others dial the data port, before NAME:PORT' }),
    ctlEndpoints,
    forwardPeers,
    reversePeers,
    ssl: yesNo({ optional: true, doc: 'TLS on this server' }),
    sslVerifyPeer: yesNo({ key: 'SSL_VERIFY_PEER', optional: true, doc: 'this server asks for a certificate' }),
    ...serverTlsFields,
  },
  { repeats: true, doc: 'A server of the ring.' },
)

export type ServerFields = typeof serverSection.fields
export type ServerSettings = SectionValues<ServerFields>
