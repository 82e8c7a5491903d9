import { rfc2822Date } from '../text/rfc2822-date.ts'
import { choice, integer, path, port, text, yesNo } from './field.ts'
import { defineSection, type SectionValues } from './section.ts'
import { serverTlsFields } from './tls-fields.ts'

const largest = 2_147_483_647
const microseconds = (key: string, doc: string) => integer({ key, doc, default: 0, min: 0, max: largest, unit: 'µs' })
const seconds = (key: string, seconds: number, doc: string) =>
  integer({ key, doc, default: seconds, min: 0, max: largest, unit: 's' })
const count = (value: number, min: number, max: number, doc: string) => integer({ default: value, min, max, doc })
/** CHMPX cuts what is over these limits. */
const limited = (value: number, min: number, max: number, doc: string) =>
  integer({ default: value, min, max, doc, cut: true })

/** The keys of [GLOBAL], as CHMPX knows them. A property whose name ends in `Us` or `S` has that unit. */
export const globalSection = defineSection(
  'GLOBAL',
  {
    group: text({ maxLength: 255, doc: 'name of the ring' }),
    fileVersion: integer({ min: 0, live: true, doc: 'revision of this file, shown in the status' }),
    date: rfc2822Date({
      default: { epochMs: 0, zoneMinutes: 0 },
      live: true,
      doc: 'when this file was written; informational',
    }),
    mode: choice(['server', 'slave'], { optional: true, doc: 'what this node is; found out when not given' }),
    deliverMode: choice(['random', 'hash'], { doc: 'random: any server; hash: the server of the key' }),
    chmpxIdType: choice(['NAME', 'CUK', 'CTLENDPOINTS', 'CUSTOM'], {
      default: 'NAME',
      aliases: { CTLEPS: 'CTLENDPOINTS' },
      doc: 'what names a server: CUK its CUK, anything else NAME and CTLPORT; CTLEPS is short for CTLENDPOINTS',
    }),
    maxChmpx: limited(1024, 1, 32_768, 'most servers that a file may list'),
    replica: limited(0, 0, 32_768, 'copies besides the main one'),
    maxMqServer: limited(1, 1, 128, 'message queues of the node itself; kept for CHMPX'),
    maxMqClient: limited(8192, 1, 32_640, 'message queues for programs; kept for CHMPX'),
    mqPerAttach: limited(1, 1, 128, 'message queues taken by one attach; kept for CHMPX'),
    maxQPerServerMq: limited(8, 1, 128, 'depth of a queue of the node; kept for CHMPX'),
    maxQPerClientMq: limited(1, 1, 128, 'depth of a queue of a program; kept for CHMPX'),
    maxMqPerClient: limited(1, 1, 128, 'message queues of one program; kept for CHMPX'),
    maxHistLog: limited(8192, 0, 32_768, 'entries of the trace; kept for CHMPX'),
    port: port({ optional: true, live: true, doc: 'default PORT of the nodes' }),
    ctlPort: port({ optional: true, live: true, doc: 'default CTLPORT of the nodes' }),
    selfCtlPort: port({ optional: true, doc: 'which node this process is, by its control port' }),
    selfCuk: text({ optional: true, maxLength: 2047, doc: 'which node this process is, by its CUK' }),
    rwTimeoutUs: microseconds('RWTIMEOUT', 'one try of a socket wait; 0 means 200 µs; kept for CHMPX'),
    retryCnt: integer({
      default: -1,
      min: -1,
      max: largest,
      doc: 'tries of a socket wait; -1 means 500, for connect 200; kept for CHMPX',
    }),
    conTimeoutUs: microseconds('CONTIMEOUT', 'one try to connect; 0 means 5 ms; kept for CHMPX'),
    mqRwTimeoutUs: microseconds('MQRWTIMEOUT', 'one try to hand over to a program; 0 means 10 ms; kept for CHMPX'),
    mqRetryCnt: integer({
      default: 3,
      min: -1,
      max: largest,
      doc: 'tries to hand over to a program; -1 means 3; kept for CHMPX',
    }),
    mqAck: yesNo({ default: true, doc: 'the node acknowledges what a program hands over; kept for CHMPX' }),
    autoMerge: yesNo({
      default: false,
      doc: 'servers come into service, and those that are gone go out of it, by themselves; always with random. Not written: yes without DOMERGE (CHMPX: no)',
    }),
    doMerge: yesNo({
      default: false,
      doc: 'programs hold data, which moves before who serves does; never with random',
    }),
    mergeTimeoutS: seconds('MERGETIMEOUT', 0, 'longest merge, then it is aborted; 0 is no limit'),
    sockThreadCnt: count(0, 0, largest, 'socket threads; kept for CHMPX'),
    mqThreadCnt: count(0, 0, largest, 'queue threads; kept for CHMPX'),
    maxSockPool: count(1, 1, largest, 'parallel links to one node; kept for CHMPX'),
    sockPoolTimeoutS: seconds('SOCKPOOLTIMEOUT', 60, 'idle links are closed after this; 0 is never; kept for CHMPX'),
    ssl: yesNo({ default: false, doc: 'TLS on the data and control links of the nodes' }),
    sslVerifyPeer: yesNo({ key: 'SSL_VERIFY_PEER', default: false, doc: 'servers ask for a certificate' }),
    sslMinVer: choice(['DEFAULT', 'SSLV2', 'SSLV3', 'TLSV1.0', 'TLSV1.1', 'TLSV1.2', 'TLSV1.3'], {
      key: 'SSL_MIN_VER',
      live: true,
      default: 'DEFAULT',
      doc: 'oldest TLS version that is spoken',
    }),
    nssDbDir: path({ key: 'NSSDB_DIR', optional: true, doc: 'directory of the NSS database; kept for CHMPX' }),
    ...serverTlsFields,
    k2hFullMap: yesNo({ default: true, doc: 'message store: maps the whole file; kept for CHMPX' }),
    k2hMaskBit: count(8, 0, largest, 'message store: size of its table, in bits; kept for CHMPX'),
    k2hCMaskBit: count(4, 0, largest, 'message store: size of its inner tables, in bits; kept for CHMPX'),
    k2hMaxEle: count(32, 1, largest, 'message store: longest chain of its table; kept for CHMPX'),
  },
  { doc: 'What holds for the whole ring, and the defaults of its nodes.' },
)

export type GlobalFields = typeof globalSection.fields
export type GlobalSettings = SectionValues<GlobalFields> & {
  /**
   * Servers come into service and go out of it by themselves: as AUTOMERGE says. Where it says nothing, unless data moves
   * (DOMERGE): CHMPX waits for an operator in both cases, but there is nothing to wait for where there is no data.
   */
  readonly mergesByItself: boolean
}
