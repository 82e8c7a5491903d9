import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  chmpxId,
  dumpText,
  type NodeDump,
  type NodeReport,
  readDump,
  type ServerState,
  stateOfBits,
} from '@ring/control-protocol'
import type { NodeAddress } from '../core/ring/node-address.ts'
import { type ControlPort, ControlPortError } from './control-port.ts'

const captured = readDump(readFileSync(join(import.meta.dirname, 'testdata', 'chmpx-DUMP.txt'), 'utf8'))
const host = '10.99.0.1'
const slavePort = 9022
const stateNamed = (bits: number): ServerState => stateOfBits(bits)!

/**
 * The ring that the captured sessions of chmpxlinetool had: three servers and a slave, as one of them dumped it, with CHMPX's
 * transitions of the commands that the sessions give.
 */
export class FakeChmpxRing implements ControlPort {
  readonly states = new Map<number, ServerState>([9021, 9031, 9041].map((port) => [port, stateNamed(0x11)]))
  readonly killed = new Set<number>()

  ask({ port }: NodeAddress, command: string): Promise<string> {
    if (this.killed.has(port))
      return Promise.reject(new ControlPortError('RING_CONTROL_UNREACHABLE', 'nothing listens there', false))
    return Promise.resolve(this.reply(port, command))
  }

  reply(port: number, command: string): string {
    const [word, target] = command.split(' ')
    switch (word) {
      case 'DUMP':
        return dumpText(this.#dump(port))
      case 'VERSION':
        return 'Version 1.0.113 (commit: c569e0e) with OpenSSL\n'
      case 'SERVICEIN':
        this.states.set(port, stateNamed(0x1121))
        break
      case 'SERVICEOUT': {
        const named = Number(target!.split(':')[1])
        this.states.set(named, { ...this.states.get(named)!, action: 'delete', progress: 'pending' })
        break
      }
      default:
        this.#merge(word!)
    }
    return 'SUCCEED\n'
  }

  kill(port: number): void {
    this.killed.add(port)
    this.states.set(port, { ...this.states.get(port)!, up: false })
  }

  /** Merges have no data here: what is begun is done. */
  #merge(word: string): void {
    for (const [port, state] of this.states) {
      if (word === 'MERGE' && state.progress === 'pending') this.states.set(port, { ...state, progress: 'done' })
      if (word === 'ABORTMERGE' && state.action === 'delete')
        this.states.set(port, { ...state, action: 'none', progress: 'pending' })
      if (word === 'COMPMERGE' && state.progress === 'done') {
        const ring = state.action === 'delete' ? 'out' : 'in'
        this.states.set(port, { ...state, ring, action: 'none', progress: 'nothing' })
      }
    }
  }

  #dump(port: number): NodeDump {
    const servers = [...this.states.keys()].map((one) => this.#server(one))
    const dialled = this.#dialledBy(port)
    const shown = servers.map((server) => ({ ...server, sockets: dialled.includes(server.ctlport) ? [18] : [] }))
    const slave = this.#slave(slavePort)
    const dialling = [...this.states.keys()].filter((one) => this.#dialledBy(one).includes(port))
    // CHMPX lists whoever has dialled it as a slave, a server of the ring as well.
    const slaves =
      port === slavePort
        ? []
        : [{ ...slave, sockets: [17] }, ...dialling.map((one) => ({ ...this.#slave(one), sockets: [19] }))]
    const self = port === slavePort ? slave : servers.find(({ ctlport }) => ctlport === port)!
    return { ...captured, self, servers: shown, slaves }
  }

  /** A server has dialled the next one of the ring that is up, a slave all of them. */
  #dialledBy(port: number): readonly number[] {
    const up = [...this.states].filter(([, { up }]) => up).map(([one]) => one)
    if (port === slavePort) return up
    const place = up.indexOf(port)
    return place === -1 || up.length < 2 ? [] : [up[(place + 1) % up.length]!]
  }

  #server(port: number): NodeReport {
    const slotIn = (isCounted: (state: ServerState) => boolean): number | undefined => {
      const counted = [...this.states]
        .filter(([, state]) => state.ring === 'in' && isCounted(state))
        .map(([one]) => one)
      return counted.includes(port) ? counted.indexOf(port) : undefined
    }
    const [baseHash, pendingHash] = [
      slotIn(({ action }) => action !== 'add'),
      slotIn(({ action }) => action !== 'delete'),
    ]
    const { baseHash: _base, pendingHash: _pending, ...any } = captured.servers[0]!
    return {
      ...any,
      ...{ id: idOf(port), name: host, ctlport: port, port: port - 1, state: this.states.get(port)! },
      ...(baseHash !== undefined && { baseHash }),
      ...(pendingHash !== undefined && { pendingHash }),
    }
  }

  #slave(port: number): NodeReport {
    return { ...captured.slaves[0]!, id: idOf(port), name: host, ctlport: port, state: stateNamed(0x01) }
  }
}

const idOf = (ctlport: number): string => chmpxId('LAB9020', { kind: 'name', name: host, ctlport })
