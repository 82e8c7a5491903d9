import fc from 'fast-check'
import type { DumpedConfiguration, NodeDump, TrafficReport } from './node-dump.ts'
import type { NodeReport } from './node-report.ts'
import { isSafeState, type ServerState } from './server-state.ts'
import { updateTimeOf } from './update-time.ts'

/** What stands in one line, and is not cut at its ends. */
const word = fc.stringMatching(/^[a-cX-Z019._[\]{}=: -]{0,12}$/).map((text) => text.trim())
const addresses = fc.array(
  fc.tuple(fc.stringMatching(/^[a-z0-9.]{1,9}$/), fc.nat(65_535)).map(([host, port]) => `${host}:${port}`),
  { maxLength: 4 },
)
const count = fc.nat({ max: 1_000_000_000 })
const hash = fc.option(fc.nat(32_767), { nil: undefined })
const sockets = fc.array(fc.nat(9999), { maxLength: 3 })
const port = fc.integer({ min: 1, max: 65_535 })

export const arbitraryState: fc.Arbitrary<ServerState> = fc
  .record({
    ring: fc.constantFrom('slave' as const, 'out' as const, 'in' as const),
    up: fc.boolean(),
    action: fc.constantFrom('none' as const, 'add' as const, 'delete' as const),
    progress: fc.constantFrom('nothing' as const, 'pending' as const, 'doing' as const, 'done' as const),
    detached: fc.boolean(),
  })
  .filter((state) => isSafeState(state) || state.up)

const defined = <Value extends object>(value: Value): Value =>
  Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as Value

export const arbitraryReport: fc.Arbitrary<NodeReport> = fc
  .record({
    id: fc.bigInt({ min: 1n, max: 2n ** 64n - 1n }).map((id) => `0x${id.toString(16)}`),
    name: word,
    mode: fc.constantFrom('server' as const, 'slave' as const),
    port: fc.option(port, { nil: undefined }),
    ...{ ctlport: port, cuk: word, customSeed: word },
    ...{ endpoints: addresses, ctlendpoints: addresses, forwardPeers: addresses, reversePeers: addresses },
    tls: fc.record({
      ...{ enabled: fc.boolean(), verifyPeer: fc.boolean(), authoritiesAreFile: fc.boolean() },
      ...{ authorities: word, serverCertificate: word, slaveCertificate: word },
    }),
    state: arbitraryState,
    lastUpdate: fc.nat({ max: 4_000_000_000 }).map((seconds) => updateTimeOf(seconds * 1000 + 0.516)),
    ...{ baseHash: hash, pendingHash: hash, sockets, controlSockets: sockets },
    listenSocket: fc.option(fc.nat(9999), { nil: undefined }),
    listenControlSocket: fc.option(fc.nat(9999), { nil: undefined }),
  })
  .map((report) => defined(report) as NodeReport)

const duration = fc.bigInt({ min: 0n, max: 10n ** 15n })
const traffic: fc.Arbitrary<TrafficReport> = fc.record({
  ...{ sent: count, received: count, bytes: count, bytesMin: count, bytesMax: count },
  ...{ time: duration, timeMin: duration, timeMax: duration },
})

const configuration: fc.Arbitrary<DumpedConfiguration> = fc.record({
  ...{ revision: count, date: count, replicas: count, nodesMax: count },
  idType: fc.constantFrom('name' as const, 'cuk' as const, 'control endpoints' as const, 'custom' as const),
  ...{
    isRandomDelivery: fc.boolean(),
    autoMerge: fc.boolean(),
    doMerge: fc.boolean(),
    queueAcknowledged: fc.boolean(),
  },
  tlsMinVersion: word,
  ...{ socketThreads: count, queueThreads: count, queuesMax: count, chmpxQueues: fc.nat(4) },
  ...{ queueDepthOfChmpx: count, queueDepthOfClient: count, queuesPerClientMax: count, queuesPerAttach: count },
  ...{ socketPoolMax: count, socketPoolTimeoutSeconds: count, socketRetries: count },
  ...{ socketTimeoutMicroseconds: count, connectTimeoutMicroseconds: count, queueRetries: count },
  ...{ queueTimeoutMicroseconds: count, mergeTimeoutSeconds: count, traceEntriesMax: count },
  messageStore: fc.record({
    ...{ fullMap: fc.boolean(), maskBits: count, collisionMaskBits: count, elementsMax: count },
  }),
})

/** All that the text form of DUMP can say. */
export const arbitraryDump: fc.Arbitrary<NodeDump> = fc.record({
  ...{ group: word, self: arbitraryReport },
  servers: fc.array(arbitraryReport, { maxLength: 4 }),
  slaves: fc.array(arbitraryReport, { maxLength: 3 }),
  ...{ isOperating: fc.boolean(), isSuspended: fc.boolean(), configuration },
  traffic: fc.record({ servers: traffic, slaves: traffic }),
  ...{ pid: count, startedAt: count, programPids: fc.array(count, { maxLength: 3 }) },
  controlConnections: fc.constant(0),
})
