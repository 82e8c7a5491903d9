import { describe, expect, test } from 'vitest'
import { nodeNamed, serverNamed } from './find-node.ts'
import { Gathering } from './gathering.ts'
import { namedNode } from './node-address.ts'
import { SimulatedRing, seedOf } from './simulated-ring.testdata.ts'

const [first, second] = ['server0.example:8021', 'server1.example:8021'] as const

describe('A12: the nodes of a ring are found from one', () => {
  test('servers in ring order, then slaves', () => {
    const { nodes, group } = new SimulatedRing({ slaves: 2 }).picture(['slave1.example:8031'])
    expect(group).toBe('shop')
    // From a slave: the servers, and from these the other slave.
    expect(nodes.map(({ label, role }) => `${label} ${role}`)).toEqual([
      `${first} server`,
      `${second} server`,
      'server2.example:8021 server',
      'slave0.example:8031 slave',
      'slave1.example:8031 slave',
    ])
  })

  test('a server that a CHMPX node also lists among its slaves is a server, once', () => {
    const ring = new SimulatedRing({ isRing: false })
    ring.change(first, ({ servers, slaves }) => ({ slaves: [...slaves, { ...servers[1]!, mode: 'slave' }] }))
    const { nodes } = ring.picture()
    expect(nodes.filter(({ role }) => role === 'slave').map(({ label }) => label)).toEqual(['slave0.example:8031'])
    expect(nodes.filter(({ label }) => label === second)).toHaveLength(1)
  })

  test('a node that is dialled under another name is one node', () => {
    const ring = new SimulatedRing()
    const gathering = new Gathering([seedOf('localhost:8021'), seedOf('alias:8021')])
    for (let asked = gathering.next(); asked.length > 0; asked = gathering.next())
      for (const question of asked)
        gathering.take(question, ring.answer(/localhost|alias/.test(question.label) ? first : question.label))
    expect(gathering.picture(0).nodes.map(({ label }) => label)).toEqual(ring.labels)
  })

  test('a node that does not answer is shown, with why', () => {
    const ring = new SimulatedRing()
    ring.kill(second, 'connection refused')
    const node = nodeNamed(ring.picture(), second)
    expect(node?.answer).toEqual({ kind: 'silent', code: 'RING_CONTROL_REFUSED', why: 'connection refused' })
  })

  test('a dead node of this machine is not listed a second time as localhost', () => {
    const ring = new SimulatedRing()
    ring.kill(second)
    const labels = ring.picture([first, 'localhost:8021']).nodes.map(({ label }) => label)
    expect(labels).not.toContain('localhost:8021')
  })

  test('another group is left out, and said', () => {
    const ring = new SimulatedRing({ servers: 1, slaves: 0 })
    const gathering = new Gathering([seedOf(first)], { group: 'other' })
    gathering.take(gathering.next()[0]!, ring.answer(first))
    expect(gathering.remarks).toEqual([`${first} is left out: it is of the group shop, not of other.`])
    expect(gathering.picture(0).nodes[0]!.answer.kind).toBe('silent')
  })

  test('what cannot be dialled is not dialled, and no answer makes the list endless', () => {
    const ring = new SimulatedRing({ servers: 1, slaves: 0 })
    const [server] = ring.dumps.get(first)!.servers
    const many = Array.from({ length: 10_000 }, (_, place) => ({ ...server!, id: `0x${place}`, name: `n${place}` }))
    const bad = [
      { ...server!, id: '0xa0', name: 'a b' },
      { ...server!, id: '0xa1', ctlport: 0 },
    ]
    ring.change(first, () => ({ servers: [server!, ...bad, ...many] }))
    const gathering = new Gathering([seedOf(first)])
    gathering.take(gathering.next()[0]!, ring.answer(first))
    const asked = gathering.next()
    expect(asked).toHaveLength(4_095)
    expect(asked[0]!.label).toBe('n0:8021')
  })
})

describe('A12: a node is named', () => {
  const picture = new SimulatedRing().picture()

  test.each([
    [first, first],
    ['server1.example', second],
    ['slave0.example', 'slave0.example:8031'],
    ['8031', 'slave0.example:8031'],
    ['8021', undefined],
    ['server9.example:8021', undefined],
  ])('%s means %s', (word, label) => {
    expect(nodeNamed(picture, word)?.label).toBe(label)
  })

  test('a server that is none is refused with the one that may be meant', () => {
    expect(() => serverNamed(picture, 'server1.exmple:8021')).toThrow(/Did you mean server1.example:8021\?/)
    expect(() => serverNamed(picture, 'localhost:8021')).toThrow(/Did you mean server0.example:8021\?/)
    expect(() => serverNamed(picture, 'slave0.example')).toThrow(/is a slave/)
  })

  test("CHMPX's long form is read", () => {
    expect(namedNode('a:1:cuk:seed:b:2,c:3')).toEqual({
      host: 'a',
      port: 1,
      cuk: 'cuk',
      customSeed: 'seed',
      ctlEndpoints: 'b:2,c:3',
    })
    expect(namedNode('[::1]:8021')).toMatchObject({ host: '::1', port: 8021 })
    for (const word of ['a', 'a:', 'a:0', 'a:70000', ':1', 'a b:1', '::1:8021'])
      expect(namedNode(word), word).toBeUndefined()
  })
})
