import { choice, defineSection, integer, list, path, port, type SectionValues, text, yesNo } from '@ring/config'

/** The keys of [RING]: what Ring has beyond CHMPX. A CHMPX file without the section is a valid Ring file. */
export const ringSection = defineSection(
  'RING',
  {
    quorum: choice(['none', 'majority'], {
      default: 'none',
      doc: 'who decides on membership: the coordinator alone, or a majority of the servers',
    }),
    detect: choice(['fast', 'default', 'patient'], {
      default: 'default',
      doc: 'how soon a silent server is expelled: about 1, 3 or 10 seconds',
    }),
    stateDir: path({
      key: 'STATEDIR',
      optional: true,
      doc: 'directory for promises and identity; each node of a machine needs its own (%n stands for the node name)',
    }),
    runtimeDir: path({
      key: 'RUNTIMEDIR',
      optional: true,
      doc: 'directory for the socket and the lock, mode 0700; each node of a machine needs its own (%n stands for the node name)',
    }),
    forgetful: yesNo({
      default: false,
      doc: 'QUORUM = majority without a state directory: a restart of several servers may stop the ring for good',
    }),
    joinOnly: yesNo({
      key: 'JOINONLY',
      default: false,
      doc: 'never take part in forming a new ring; join a running one',
    }),
    groupKey: list({
      key: 'GROUPKEY',
      default: [],
      secret: true,
      live: true,
      doc: 'keys that nodes prove to know; the first signs, all are accepted',
    }),
    groupKeyFile: path({
      key: 'GROUPKEYFILE',
      optional: true,
      live: true,
      doc: 'file with a group key a line, readable by its owner only (# begins a comment); its keys come before those of GROUPKEY',
    }),
    auth: choice(['hosts', 'required'], {
      default: 'hosts',
      doc: 'hosts: without a key the host lists decide; required: refuse to start without a key or mutual TLS',
    }),
    bind: list({
      key: 'BIND',
      default: [],
      maxItems: 16,
      doc: 'addresses of this machine to listen on (0.0.0.0 or :: for all); the host of NAME when not given',
    }),
    witnesses: list({
      key: 'WITNESSES',
      default: [],
      doc: 'servers that vote and serve nothing, by NAME:CTLPORT (or NAME, where it tells); QUORUM = majority only',
    }),
    zone: list({
      key: 'ZONE',
      default: [],
      live: true,
      doc: 'where servers stand, as NAME:CTLPORT=zone for each, or one zone for all nodes of this file; replicas go to different zones',
    }),
    weight: list({
      key: 'WEIGHT',
      default: [],
      live: true,
      doc: 'share of the work, above 0 to 1000, given as ZONE is; members show it, and placement does not look at it yet',
    }),
    labels: list({
      key: 'LABELS',
      default: [],
      live: true,
      maxItems: 16,
      doc: 'what else the nodes of this file say of themselves, as name=text',
    }),
    partitions: integer({ default: 1024, min: 1, max: 8192, doc: 'shares of the keys in hash mode' }),
    placement: choice(['ring', 'chmpx'], {
      default: 'ring',
      doc: 'ring: moves little when servers come and go; chmpx: hash modulo the number of servers',
    }),
    httpPort: port({ key: 'HTTPPORT', optional: true, doc: 'port for /livez, /readyz and /metrics' }),
    httpBind: text({
      key: 'HTTPBIND',
      default: '127.0.0.1',
      doc: 'address for HTTPPORT; beyond loopback whoever reaches it reads names and numbers, and can change nothing',
    }),
    httpTls: choice(['off', 'on', 'mutual'], {
      key: 'HTTPTLS',
      default: 'off',
      doc: "HTTPPORT speaks TLS with this node's certificate; mutual: it asks for one that CAPATH has signed",
    }),
  },
  { doc: 'What Ring has beyond CHMPX; a file without it is a valid Ring file.' },
)

/** The values of [RING], typed and with their defaults. */
export type RingSettings = SectionValues<(typeof ringSection)['fields']>
