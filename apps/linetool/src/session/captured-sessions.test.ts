// The sessions of CHMPX's own linetool, recorded from a ring of three servers and a slave, given to this one: what was told to which
// node, and every value that its checks showed.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ServerState, stateOfText } from '@ring/control-protocol'
import { describe, expect, test } from 'vitest'
import { parseStart } from '../core/options/start.ts'
import { seedOf } from '../core/ring/simulated-ring.testdata.ts'
import { FakeChmpxRing } from './fake-chmpx-ring.testdata.ts'
import { HandClock } from './hand-clock.testdata.ts'
import { RingAccess } from './ring-access.ts'
import { Session } from './session.ts'
import { NotedDesk, NotedMachine } from './simulated-session.testdata.ts'

/** One command of a recorded session, and what it printed. */
interface Recorded {
  readonly line: string
  readonly printed: string
}

function recorded(name: string): readonly Recorded[] {
  const text = readFileSync(join(import.meta.dirname, 'testdata', `chmpxlinetool-${name}.txt`), 'utf8')
  const parts = text.split(/^CLT> /m).slice(1)
  return parts.map((part) => {
    const end = part.indexOf('\n')
    return { line: part.slice(0, end), printed: part.slice(end + 1) }
  })
}

interface Shown {
  readonly state: ServerState
  readonly slots: string
  readonly sockets: string
}

/** The nodes of a check, by name, as CHMPX's tool printed them. */
function printedNodes(printed: string): Record<string, Shown> {
  const found = [...printed.matchAll(/^(?:OK|WARN|ERR) +(\S+?):+ = \{\n([^}]*)\}/gm)]
  return Object.fromEntries(found.map(([, name, body]) => [name!, shownIn(body!)]))
}

function shownIn(body: string): Shown {
  const value = (key: string) => new RegExp(`${key} *= (.*)`).exec(body)?.[1] ?? ''
  const slots = value('hash\\(pending\\)').replaceAll('0xffffffffffffffff', '-').replaceAll('0x', '')
  return { state: stateOfText(value('status'))!, slots, sockets: value('sockcount\\(in/out\\)') }
}

interface CheckedNode {
  readonly node: string
  readonly verdict: string
  readonly state: ServerState & { readonly bits: number }
  readonly baseHash: number | null
  readonly pendingHash: number | null
  readonly sockets?: { readonly in: number; readonly out: number }
}

/** The same of this tool's JSON. */
function checkedNodes(out: string): Record<string, Shown> {
  const { nodes } = JSON.parse(out) as { readonly nodes: readonly CheckedNode[] }
  return Object.fromEntries(
    nodes.map(({ node, state: { bits: _, ...state }, baseHash, pendingHash, sockets = { in: 0, out: 0 } }) => [
      node,
      { state, slots: `${baseHash ?? '-'}(${pendingHash ?? '-'})`, sockets: `${sockets.in}/${sockets.out}` },
    ]),
  )
}

class Replay {
  readonly ring = new FakeChmpxRing()
  readonly #clock = new HandClock()
  readonly #desk = new NotedDesk()
  readonly #session: Session
  told: string[] = []

  constructor() {
    const start = parseStart(['--json'])
    if (start.kind !== 'work') throw new Error('not a start of work')
    const port = {
      ask: (...[address, command]: Parameters<FakeChmpxRing['ask']>) => {
        if (!command.startsWith('DUMP')) this.told.push(`${command} to 10.99.0.1:${address.port}`)
        return this.ring.ask(address, command)
      },
    }
    const seeds = ['10.99.0.1:9021', '10.99.0.1:9022', '10.99.0.1:9031', '10.99.0.1:9041'].map(seedOf)
    const access = { port, clock: this.#clock, parallel: 4, group: undefined, seeds: () => Promise.resolve(seeds) }
    this.#session = new Session({
      ...{ ring: new RingAccess(access), clock: this.#clock, desk: this.#desk, machine: new NotedMachine() },
      ...{ settings: start.settings, defaults: start.given, history: () => [] },
    })
  }

  async run(line: string): Promise<string> {
    this.#desk.out = ''
    this.told = []
    await this.#clock.runUntil(this.#session.run(line))
    return this.#desk.out
  }

  /** Every check shows what the recorded one showed; every other command is told to the node that it was told to. */
  async follow(session: readonly Recorded[]): Promise<number> {
    let checks = 0
    for (const { line, printed } of session) {
      const out = await this.run(line)
      if (/^check( all)?$/.test(line)) {
        expect(checkedNodes(out), line).toEqual(printedNodes(printed))
        checks++
      }
      const tellings = [...printed.matchAll(/^Succeed to send (\S+) to (\S+)$/gm)].map(
        ([, word, node]) => `${word} to ${node}`,
      )
      const told = this.told.map((one) => one.replace(/ \S+ to /, ' to '))
      if (tellings.length > 0 && !line.startsWith('statusupdate')) expect(told, line).toEqual(tellings)
    }
    return checks
  }
}

describe('A12: the recorded sessions of chmpxlinetool', () => {
  test('nodes and version: all four nodes, and no server among the slaves', async () => {
    const replay = new Replay()
    const { nodes } = JSON.parse(await replay.run('nodes')) as {
      nodes: readonly { node: string; role: string; id: string }[]
    }
    const [listed] = recorded('01-nodes-version')
    const ids = [...listed!.printed.matchAll(/Chmpxid +: (\S+)/g)].map(([, id]) => id)
    // It had one server among the slaves, and lost the third one for it.
    expect(nodes.map(({ id }) => id).sort()).toEqual(ids.sort())
    expect(nodes.map(({ node, role }) => `${node} ${role}`)).toEqual([
      '10.99.0.1:9021 server',
      '10.99.0.1:9031 server',
      '10.99.0.1:9041 server',
      '10.99.0.1:9022 slave',
    ])
    const versions = JSON.parse(await replay.run('version')) as { nodes: readonly { version: string }[] }
    expect(versions.nodes.map(({ version }) => version)).toEqual(
      Array.from({ length: 4 }, () => 'Version 1.0.113 (commit: c569e0e) with OpenSSL'),
    )
  })

  test('servicein, merge, check; complete; suspend, serviceout, abort: each value of each check', async () => {
    const replay = new Replay()
    expect(await replay.follow(recorded('02-servicein-merge-check'))).toBe(1)
    expect(await replay.follow(recorded('03-complete-check'))).toBe(2)
    expect(await replay.follow(recorded('05-suspend-serviceout-abort'))).toBe(3)
  })

  test('a ring of CHMPX that is well has nothing wrong, though each lists another among its slaves', async () => {
    const replay = new Replay()
    await replay.follow([...recorded('02-servicein-merge-check'), ...recorded('03-complete-check')])
    expect(JSON.parse(await replay.run('check'))).toMatchObject({ ok: true, verdict: 'ok', findings: [] })
  })

  test('a dead node: the same values, and it is an error where chmpxlinetool says OK', async () => {
    const replay = new Replay()
    for (const port of [9021, 9031, 9041]) replay.ring.reply(port, 'SERVICEIN')
    for (const word of ['MERGE', 'COMPMERGE']) replay.ring.reply(9021, word)
    replay.ring.kill(9031)
    const session = recorded('09-dead-node')
    const { nodes, verdict } = JSON.parse(await replay.run('check')) as {
      nodes: readonly CheckedNode[]
      verdict: string
    }
    expect(session[0]!.printed).toContain('OK   10.99.0.1:9031')
    expect(verdict).toBe('error')
    expect(nodes.find(({ node }) => node === '10.99.0.1:9031')?.verdict).toBe('error')
    // Where that one died of its own accord, it had no links any more.
    expect(await replay.follow(session)).toBe(3)
  })

  test('check of one node: what each other says of it', async () => {
    const replay = new Replay()
    for (const port of [9021, 9031, 9041]) replay.ring.reply(port, 'SERVICEIN')
    for (const word of ['MERGE', 'COMPMERGE']) replay.ring.reply(9021, word)
    const { printed } = recorded('03-complete-check').find(({ line }) => line === 'check 10.99.0.1:9021')!
    const blocks = [...printed.matchAll(/^ {2}(\S+?):* = \{\n([^}]*)\}/gm)]
    const expected = Object.fromEntries(blocks.map(([, who, body]) => [who!, shownIn(body!).sockets]))
    const { nodes } = JSON.parse(await replay.run('check 10.99.0.1:9021')) as {
      nodes: readonly {
        sockets: { in: number; out: number }
        accounts: readonly { by: string; sockets: { in: number; out: number } }[]
      }[]
    }
    const text = (sockets: { in: number; out: number }) => `${sockets.in}/${sockets.out}`
    expect({
      basis: text(nodes[0]!.sockets),
      ...Object.fromEntries(nodes[0]!.accounts.map(({ by, sockets }) => [by, text(sockets)])),
    }).toEqual(expected)
  })
})
