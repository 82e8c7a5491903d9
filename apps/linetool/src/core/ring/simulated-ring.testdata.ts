import {
  chmpxId,
  type DumpedConfiguration,
  type NodeDump,
  type NodeReport,
  noTls,
  noTraffic,
  type RingInsight,
  type ServerState,
  updateTimeOf,
} from '@ring/control-protocol'
import { Gathering, type Seed } from './gathering.ts'
import type { NodeAnswer, RingPicture } from './picture.ts'

const configuration: DumpedConfiguration = {
  ...{ revision: 1, date: 0, idType: 'name', isRandomDelivery: false, autoMerge: false, doMerge: true, replicas: 1 },
  ...{ nodesMax: 1024, tlsMinVersion: '', nssDirectory: '', socketThreads: 0, queueThreads: 0, queuesMax: 66 },
  ...{ chmpxQueues: 2, queueDepthOfChmpx: 8, queueDepthOfClient: 8, queuesPerClientMax: 8, queuesPerAttach: 1 },
  ...{ queueAcknowledged: true, socketPoolMax: 1, socketPoolTimeoutSeconds: 60, socketRetries: 500 },
  ...{ socketTimeoutMicroseconds: 200, connectTimeoutMicroseconds: 1000, queueRetries: 3 },
  ...{ queueTimeoutMicroseconds: 50, mergeTimeoutSeconds: 0, traceEntriesMax: 1000 },
  messageStore: { fullMap: true, maskBits: 8, collisionMaskBits: 4, elementsMax: 32 },
}

export const serving: ServerState = { ring: 'in', up: true, action: 'none', progress: 'nothing', detached: false }
export const slaveState: ServerState = { ...serving, ring: 'slave' }

const changedDefaultMs = 1_795_000_000_000

export interface SimulatedRingOptions {
  readonly servers?: number
  readonly slaves?: number
  /** Nodes tell what Ring's tell; false: what CHMPX's tell. */
  readonly isRing?: boolean
  /** Control ports of this machine, of the servers first; without them the nodes have names of their own. */
  readonly ports?: readonly number[]
  /** When all their states last changed. */
  readonly changedMs?: number
}

const insight: RingInsight = {
  record: { lineage: 'a1b2', version: 7, epoch: 3 },
  coordinator: 'server0.example:8021',
  quorum: { mode: 'majority', isPrimary: true, voters: [], missing: [] },
  attached: [{ service: '', programs: 1 }],
  warnings: [],
}

/** A ring whose nodes all say the same, until a test lets one say something else. */
export class SimulatedRing {
  readonly dumps = new Map<string, NodeDump>()
  /** Those that do not answer, and why. */
  readonly silent = new Map<string, string>()

  constructor({
    servers = 3,
    slaves = 1,
    isRing = true,
    ports,
    changedMs = changedDefaultMs,
  }: SimulatedRingOptions = {}) {
    const lastUpdate = updateTimeOf(changedMs)
    const place = (name: string, at: number, ctlport: number): Place =>
      ports === undefined ? { name: `${name}.example`, ctlport } : { name: '127.0.0.1', ctlport: ports[at]! }
    const all = Array.from({ length: servers }, (_, at) =>
      serverReport(at, { ...place(`server${at}`, at, 8021), lastUpdate }),
    )
    const attached = Array.from({ length: slaves }, (_, at) =>
      slaveReport({ ...place(`slave${at}`, servers + at, 8031), lastUpdate }),
    )
    for (const self of [...all, ...attached]) {
      this.dumps.set(labelled(self), {
        group: 'shop',
        self,
        servers: all,
        slaves: self.mode === 'server' ? attached : [],
        ...{ isOperating: false, isSuspended: false, configuration },
        traffic: { servers: noTraffic, slaves: noTraffic },
        ...{ pid: 1, startedAt: 1_795_000_000, programPids: [], controlConnections: 1 },
        ...(isRing && { ring: { ...insight, coordinator: labelled(all[0]!) } }),
      })
    }
  }

  get labels(): readonly string[] {
    return [...this.dumps.keys()]
  }

  /** Changes what a node tells, at all of them or at one. */
  change(label: string | undefined, change: (dump: NodeDump) => Partial<NodeDump>): void {
    for (const [name, dump] of this.dumps) {
      if (label === undefined || label === name) this.dumps.set(name, { ...dump, ...change(dump) })
    }
  }

  /** Changes what is said of a node: by all, itself included, or by one. */
  say(of: string, what: Partial<NodeReport>, by?: string): void {
    const changed = (report: NodeReport): NodeReport => (labelled(report) === of ? { ...report, ...what } : report)
    this.change(by, (dump) => ({
      self: changed(dump.self),
      servers: dump.servers.map(changed),
      slaves: dump.slaves.map(changed),
    }))
  }

  /** Changes a state: as all say it, or as one does. */
  state(of: string, what: Partial<ServerState>, by?: string): void {
    for (const name of by === undefined ? this.labels : [by]) {
      const dump = this.dumps.get(name)!
      const report = [dump.self, ...dump.servers, ...dump.slaves].find((one) => labelled(one) === of)
      if (report !== undefined) this.say(of, { state: { ...report.state, ...what } }, name)
    }
  }

  /** Gives a server other slots, or none. */
  renumber(of: string, baseHash: number | undefined, pendingHash: number | undefined): void {
    const slots = { ...(baseHash !== undefined && { baseHash }), ...(pendingHash !== undefined && { pendingHash }) }
    const changed = (report: NodeReport): NodeReport => {
      if (labelled(report) !== of) return report
      const { baseHash: _now, pendingHash: _then, ...rest } = report
      return { ...rest, ...slots }
    }
    this.change(undefined, (dump) => ({ self: changed(dump.self), servers: dump.servers.map(changed) }))
  }

  insight(label: string | undefined, what: Partial<RingInsight>): void {
    this.change(label, (dump) => ({ ring: { ...dump.ring!, ...what } }))
  }

  /** It is killed, and all the others have noticed. */
  kill(label: string, why = 'nothing listens there'): void {
    this.state(label, { up: false })
    this.silent.set(label, why)
  }

  answer(label: string): NodeAnswer {
    const dump = this.silent.has(label) ? undefined : this.dumps.get(label)
    if (dump !== undefined) return { kind: 'dump', dump }
    return { kind: 'silent', code: 'RING_CONTROL_REFUSED', why: this.silent.get(label) ?? 'nothing listens there' }
  }

  picture(seeds: readonly string[] = [this.labels[0]!]): RingPicture {
    const gathering = new Gathering(seeds.map(seedOf))
    for (let asked = gathering.next(); asked.length > 0; asked = gathering.next()) {
      for (const question of asked) gathering.take(question, this.answer(question.label))
    }
    return gathering.picture(1_795_000_100_000)
  }
}

export function seedOf(label: string): Seed {
  const [host = '', port = ''] = label.split(':')
  return { label, host, ctlPort: Number(port), addresses: [{ host, port: Number(port) }], role: 'server' }
}

const labelled = ({ name, ctlport }: NodeReport): string => `${name}:${ctlport}`

type Place = Pick<NodeReport, 'name' | 'ctlport'>
type Beginning = Place & Pick<NodeReport, 'lastUpdate'>

function serverReport(slot: number, place: Beginning): NodeReport {
  return {
    ...reportOf(place),
    ...{ mode: 'server', port: place.ctlport - 1, state: serving, baseHash: slot, pendingHash: slot },
  }
}

const slaveReport = (place: Beginning): NodeReport => ({ ...reportOf(place), state: slaveState })

function reportOf({ name, ctlport, lastUpdate }: Beginning): NodeReport {
  return {
    id: chmpxId('shop', { kind: 'name', name, ctlport }),
    ...{ name, mode: 'slave', ctlport, cuk: '', customSeed: '', endpoints: [], ctlendpoints: [] },
    ...{ forwardPeers: [], reversePeers: [], tls: noTls, state: serving, lastUpdate, sockets: [], controlSockets: [] },
  }
}
