import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { capturedDump } from '../../counting-target.testdata.ts'
import { arbitraryDump } from '../status/arbitrary-dump.testdata.ts'
import type { NodeDump } from '../status/node-dump.ts'
import type { NodeReport } from '../status/node-report.ts'
import { allStatusOf, allStatusText } from './all-status.ts'
import { dumpText } from './dump-text.ts'

/**
 * Reads as CHMPX's own tool does: it takes all blanks out, and then looks for one key behind the other, wherever it comes. So the
 * order of the lines counts, and what a value may hold.
 */
class Scan {
  #rest: string

  constructor(text: string) {
    this.#rest = text.replace(/[ \t]/g, '')
  }

  /** What stands behind a key, to the end of the line. */
  value(key: string): string {
    this.skip(key)
    const end = this.#rest.indexOf('\n')
    const value = this.#rest.slice(0, end)
    this.#rest = this.#rest.slice(end + 1)
    return value
  }

  skip(key: string): void {
    const at = this.#rest.indexOf(key)
    if (at < 0) throw new Error(`there is no ${key} where the tool looks for it`)
    this.#rest = this.#rest.slice(at + key.length)
  }

  begins(text: string): boolean {
    return this.#rest.startsWith(text)
  }
}

function nodeSeen(scan: Scan) {
  const seen = {
    id: scan.value('chmpxid='),
    name: scan.value('name='),
    hash: scan.value('base_hash='),
    pending: scan.value('pending_hash='),
    ctlport: scan.value('ctlport='),
    cuk: scan.value('cuk='),
    seed: scan.value('custom_seed='),
    ctlendpoints: scan.value('ctlendpoints='),
    sockets: scan
      .value('sock=')
      .split(',')
      .filter((one) => one !== '-1').length,
    time: scan.value('last_status_time='),
    state: '',
  }
  scan.skip('status=')
  return { ...seen, state: scan.value('->') }
}

function nodesSeen(scan: Scan, key: string) {
  if (scan.value(key) === '0') return []
  const seen: ReturnType<typeof nodeSeen>[] = []
  scan.skip('{\n')
  while (scan.begins('[')) {
    scan.skip(']={\n')
    scan.skip('chmpx{\n')
    seen.push(nodeSeen(scan))
    scan.skip('}\n}\n')
  }
  expect(scan.begins('}\n')).toBe(true)
  return seen
}

function dumpSeen(text: string) {
  const scan = new Scan(text.slice(text.indexOf('chmpx_man{\n')))
  scan.value('chmpx_self=')
  scan.skip('{\n')
  const self = nodeSeen(scan)
  return { self, servers: nodesSeen(scan, 'chmpx_servers='), slaves: nodesSeen(scan, 'chmpx_slaves=') }
}

const blankless = (text: string) => text.replace(/[ \t]/g, '')
const shown = ({ id, name, ctlport, cuk, customSeed, lastUpdate, sockets }: NodeReport) => ({
  ...{ id, name: blankless(name), ctlport: String(ctlport), cuk: blankless(cuk), seed: blankless(customSeed) },
  ...{ time: String(lastUpdate), sockets: sockets.length },
})

describe("A6: CHMPX's own tool finds its way", () => {
  it('through DUMP, whatever the ring is like', () => {
    fc.assert(
      fc.property(arbitraryDump, (dump) => {
        const seen = dumpSeen(dumpText(dump))
        expect(seen.self).toMatchObject(shown(dump.self))
        expect(seen.servers).toMatchObject(dump.servers.map(shown))
        expect(seen.slaves).toMatchObject(dump.slaves.map(shown))
      }),
    )
  })

  it('through ALLSTATUS, slaves and TLS too', () => {
    fc.assert(
      fc.property(arbitraryDump, (dump) => {
        const scan = new Scan(allStatusText(allStatusOf(dump)))
        expect(scan.value('RINGName=')).toBe(blankless(dump.group))
        for (const { name, port, ctlport, tls } of allStatusOf(dump).nodes.map((node) => ({
          ...node,
          tls: [node.usesTls, node.verifiesPeers],
        }))) {
          scan.skip('No.')
          expect(scan.value('ServerName=')).toBe(blankless(name))
          expect(scan.value('Port=')).toBe(String(port ?? -1))
          expect(scan.value('ControlPort=')).toBe(String(ctlport))
          for (const key of ['CUK=', 'CustomIDSeed=', 'ControlEndppoints=']) scan.value(key)
          expect(scan.value('UseSSL=')).toBe(tls[0] === true ? 'yes' : 'no')
          if (tls[0] === true) {
            expect(scan.begins('VerifyPeer=')).toBe(true)
            expect(scan.value('VerifyPeer=')).toBe(tls[1] === true ? 'yes' : 'no')
          }
          expect(scan.value('ServerStatus=')).toMatch(/^0x[0-9a-f]+\((NOT)?SAFE->\[.*\]\)$/)
          expect(scan.value('LastUpdate=')).toMatch(/\(\d+\)$/)
          for (const key of ['EnableHashValue=', 'PendingHashValue=']) expect(scan.value(key)).toMatch(/^0x[0-9a-f]+$/)
        }
      }),
    )
  })

  it('its check finds no fault with the links of a ring whose servers leave out theirs', () => {
    const [a, b] = capturedDump.servers
    const [slave] = capturedDump.slaves
    const bare = (report: NodeReport): NodeReport => ({ ...report, sockets: [] })
    const linked = (report: NodeReport): NodeReport => ({ ...report, sockets: [7, 8] })
    const servers = [bare(a!), bare(b!)]
    const ring: readonly NodeDump[] = [
      { ...capturedDump, self: bare(a!), servers, slaves: [linked(slave!)] },
      { ...capturedDump, self: bare(b!), servers, slaves: [linked(slave!)] },
      { ...capturedDump, self: bare(slave!), servers: servers.map(linked), slaves: [] },
    ]
    const views = ring.map((dump) => dumpSeen(dumpText(dump)))
    const sum = (nodes: readonly { readonly sockets: number }[]) => nodes.reduce((all, { sockets }) => all + sockets, 0)
    for (const view of views) {
      const of = (nodes: (other: (typeof views)[number]) => (typeof view)['servers']) =>
        sum(views.flatMap((other) => nodes(other).filter(({ id }) => id === view.self.id && other !== view)))
      const others = (nodes: (typeof view)['servers']) => nodes.filter(({ id }) => id !== view.self.id)
      // What it dialled, by its own word and by that of the dialled; and the other way round.
      expect(sum(others(view.servers))).toBe(of(({ slaves }) => slaves))
      expect(sum(others(view.slaves))).toBe(of((other) => other.servers))
    }
    expect(views.map(({ servers: seen, slaves }) => [sum(seen), sum(slaves)])).toEqual([
      [0, 2],
      [0, 2],
      [4, 0],
    ])
  })
})
