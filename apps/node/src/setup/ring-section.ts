import {
  choice,
  choiceList,
  defineSection,
  durationMs,
  integer,
  list,
  path,
  port,
  type SectionValues,
  text,
  yesNo,
} from '@ring/config'

/** The ways in which nodes find each other; several may be used at once. */
export const discoveryNames = ['tcpping', 'ping', 'mping', 'tcpgossip', 'dns'] as const

export type DiscoveryName = (typeof discoveryNames)[number]

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
    expect: integer({
      optional: true,
      min: 1,
      max: 1024,
      doc: 'QUORUM = majority: how many servers form the ring, where DISCOVERY finds them and no list names them',
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
    auth: choice(['hosts', 'required', 'open'], {
      default: 'hosts',
      doc: 'hosts: without a key the host lists decide, and where no server is listed, only this machine is let in; required: refuse to start without a key or mutual TLS; open: without a key everybody is let in',
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
    rebalanceDelay: durationMs({
      key: 'REBALANCE_DELAY',
      default: 30_000,
      min: 0,
      doc: 'AUTOMERGE and DOMERGE: how long a dead server is waited for before its data is made anew on others',
    }),
    stopTimeout: durationMs({
      key: 'STOP_TIMEOUT',
      default: 10_000,
      min: 0,
      doc: 'AUTOMERGE and DOMERGE: how long a server that stops waits until others have its data',
    }),
    partitions: integer({ default: 1024, min: 1, max: 8192, doc: 'shares of the keys in hash mode' }),
    placement: choice(['ring', 'chmpx'], {
      default: 'ring',
      doc: 'ring: moves little when servers come and go; chmpx: hash modulo the number of servers',
    }),
    discovery: choiceList(discoveryNames, {
      optional: true,
      doc: 'how nodes find each other: tcpping (the list of servers), ping (multicast), mping (asked by multicast, answered over TCP), tcpgossip (gossip routers), dns. Not given: tcpping where servers are listed, else ping',
    }),
    multicast: text({
      optional: true,
      doc: 'address and port of ping and mping, as 239.192.81.71:45871; an IPv6 address in brackets',
    }),
    multicastIf: text({
      key: 'MULTICASTIF',
      optional: true,
      doc: 'address of this machine to send and hear multicast on; that of BIND, or of the way to the others, when not given',
    }),
    ttl: integer({
      default: 1,
      min: 0,
      max: 255,
      doc: 'how many routers multicast may pass; 1 stays within the network',
    }),
    routers: list({ default: [], maxItems: 16, doc: 'gossip routers of tcpgossip, host or host:port (12001)' }),
    routerPort: port({
      key: 'ROUTERPORT',
      optional: true,
      doc: 'this node is a gossip router as well, on this port of its own addresses; the protocol has no authentication',
    }),
    dnsQuery: text({ key: 'DNSQUERY', optional: true, maxLength: 255, doc: 'the name that dns looks up' }),
    dnsType: choice(['A', 'AAAA', 'SRV'], {
      key: 'DNSTYPE',
      default: 'A',
      doc: 'what it looks for; SRV records bring their ports',
    }),
    dnsPort: port({
      key: 'DNSPORT',
      optional: true,
      doc: 'PORT of the others, for A and AAAA; the own one when not given',
    }),
    dnsInterval: durationMs({
      key: 'DNSINTERVAL',
      default: 30_000,
      min: 1000,
      doc: 'how often the name is looked up again',
    }),
    dnsServer: text({
      key: 'DNSSERVER',
      optional: true,
      doc: "name server to ask instead of the system's, an IP address with or without port",
    }),
    ctlAccess: choice(['named', 'open'], {
      key: 'CTLACCESS',
      default: 'named',
      live: true,
      doc: 'who may change the ring on CTLPORT: this machine and the hosts that the configuration names; open: also hosts that only a pattern for everybody admits as slaves ([.]*), which otherwise read',
    }),
    ctlToken: list({
      key: 'CTLTOKEN',
      default: [],
      maxItems: 16,
      secret: true,
      doc: 'tokens that let operators of other hosts do everything on CTLPORT; without TLS whoever listens in has them too',
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
  {
    doc: 'What Ring has beyond CHMPX; a file without it is a valid Ring file.',
    // Without a list of servers there is no way but another one.
    replacesServers: ({ discovery = ['ping'] }) => discovery.some((name) => name !== 'tcpping'),
  },
)

/** The values of [RING], typed and with their defaults. */
export type RingSettings = SectionValues<(typeof ringSection)['fields']>
