import { describe, expect, test } from 'vitest'
import { SimulatedRing } from '../ring/simulated-ring.testdata.ts'
import { checkRing, rules } from './check.ts'

const [first, second, third] = ['server0.example:8021', 'server1.example:8021', 'server2.example:8021'] as const
const slave = 'slave0.example:8031'

/** What is found: rule, severity, node. */
const found = (ring: SimulatedRing, seeds?: readonly string[]) =>
  checkRing(ring.picture(seeds)).findings.map(({ rule, severity, node }) => [rule, severity, node])

const only = (ring: SimulatedRing, seeds?: readonly string[]) => {
  const { findings } = checkRing(ring.picture(seeds))
  expect(findings).toHaveLength(1)
  return findings[0]!
}

describe('A12: check', () => {
  test('a ring that agrees is OK, in every node', () => {
    const result = checkRing(new SimulatedRing().picture())
    expect(result.findings).toEqual([])
    expect([...result.nodes.values()]).toEqual(['ok', 'ok', 'ok', 'ok'])
  })

  test('status: each part that differs is an error between the two, mended by statusupdate', () => {
    const ring = new SimulatedRing()
    ring.state(second, { action: 'delete', progress: 'pending' }, first)
    ring.state(second, { action: 'delete', progress: 'pending' }, slave)
    const { findings } = checkRing(ring.picture())
    expect(
      findings.map(({ rule, severity, node, between, mend }) => ({ rule, severity, node, between, mend })),
    ).toEqual(
      Array.from({ length: 2 }, () => ({
        ...{ rule: 'status', severity: 'error', node: second, between: [second, first, slave] },
        mend: [`statusupdate ${second}`],
      })),
    )
    expect(findings[0]!.text).toBe(`says of itself n/a, and ${first}, ${slave} say DELETE (state)`)
  })

  test('base-hash: an error', () => {
    const ring = new SimulatedRing()
    ring.say(second, { baseHash: 4 }, third)
    expect(found(ring)).toEqual([['base-hash', 'error', second]])
  })

  test('pending-hash: a warning, and the check is not failed by it', () => {
    const ring = new SimulatedRing()
    ring.say(second, { pendingHash: 4 }, third)
    expect(found(ring)).toEqual([['pending-hash', 'warning', second]])
    expect(checkRing(ring.picture()).verdict).toBe('warning')
  })

  test('sockets: an error between CHMPX nodes, and none between nodes of Ring', () => {
    for (const isRing of [false, true]) {
      const ring = new SimulatedRing({ isRing })
      ring.say(second, { sockets: [12] }, first)
      expect(found(ring)).toEqual(
        isRing
          ? []
          : [
              ['sockets', 'error', first],
              ['sockets', 'error', second],
            ],
      )
    }
  })

  test('silent: a server that others see up is an error, and serviceout is what mends it', () => {
    const ring = new SimulatedRing()
    ring.silent.set(second, 'no answer within 5 s')
    const finding = only(ring)
    expect(finding).toMatchObject({ rule: 'silent', severity: 'error', node: second, mend: [`serviceout ${second}`] })
    expect(finding.text).toContain('no answer within 5 s')
  })

  test('silent: a configured node that nobody knows is a warning', () => {
    expect(found(new SimulatedRing(), [first, 'gone.example:8021'])).toEqual([
      ['silent', 'warning', 'gone.example:8021'],
    ])
  })

  test('down: a dead server is never OK, though all agree on it', () => {
    const ring = new SimulatedRing()
    ring.kill(second)
    const finding = only(ring)
    expect(finding).toMatchObject({
      ...{ rule: 'down', severity: 'error', node: second, between: [first, third, slave] },
      mend: [`serviceout ${second}`, 'merge start', 'merge complete'],
    })
    expect(checkRing(ring.picture()).nodes.get(second)).toBe('error')
  })

  test('down: on its way out, the merge is what mends it; out of service it is a warning', () => {
    const ring = new SimulatedRing()
    ring.kill(second)
    ring.state(second, { action: 'delete', progress: 'pending' })
    expect(checkRing(ring.picture()).findings[0]).toMatchObject({
      rule: 'down',
      mend: ['merge start', 'merge complete'],
    })
    ring.state(second, { progress: 'done' })
    expect(checkRing(ring.picture()).findings[0]).toMatchObject({ rule: 'down', mend: ['merge complete'] })
    ring.state(second, { ring: 'out', action: 'none', progress: 'nothing' })
    expect(found(ring)).toEqual([['down', 'warning', second]])
  })

  test('unknown: a server that another node does not list', () => {
    const ring = new SimulatedRing()
    ring.change(third, ({ servers }) => ({ servers: servers.filter(({ name }) => name !== 'server1.example') }))
    expect(only(ring)).toMatchObject({ rule: 'unknown', severity: 'error', node: second, between: [second, third] })
  })

  test('impossible: a state that is NOT SAFE', () => {
    const ring = new SimulatedRing()
    ring.state(second, { ring: 'out', action: 'add' })
    expect(only(ring)).toMatchObject({ rule: 'impossible', severity: 'error', node: second })
  })

  test('nobody-serves: and those that could are named', () => {
    const ring = new SimulatedRing()
    for (const label of [first, second, third]) ring.state(label, { ring: 'out', detached: label !== second })
    expect(only(ring)).toMatchObject({
      ...{ rule: 'nobody-serves', severity: 'error', node: undefined },
      mend: [`servicein ${second}`, 'merge start', 'merge complete'],
    })
  })

  test('detached: a server in service without a program', () => {
    const ring = new SimulatedRing()
    ring.state(third, { detached: true })
    expect(only(ring)).toMatchObject({ rule: 'detached', severity: 'error', node: third })
  })

  test('no-quorum: who lacks it and who is missing', () => {
    const ring = new SimulatedRing()
    ring.insight(first, { quorum: { mode: 'majority', isPrimary: false, voters: [], missing: [second, third] } })
    expect(only(ring)).toMatchObject({
      ...{ rule: 'no-quorum', severity: 'error', between: [first] },
      mend: [`serviceout ${second} --force`, `serviceout ${third} --force`],
    })
  })

  test('lineage, coordinators and group: two of them are not one ring', () => {
    const ring = new SimulatedRing()
    ring.insight(third, { record: { lineage: 'ffff', version: 1, epoch: 1 }, coordinator: third })
    ring.change(slave, () => ({ group: 'other' }))
    expect(found(ring)).toEqual([
      ['lineage', 'error', undefined],
      ['coordinators', 'error', undefined],
      ['group', 'error', undefined],
    ])
    expect(checkRing(ring.picture()).findings[1]!.text).toContain(`${third} (${third})`)
  })

  test('record-behind: who lags, and by whom it is seen', () => {
    const ring = new SimulatedRing()
    ring.insight(second, { record: { lineage: 'a1b2', version: 5, epoch: 3 } })
    const finding = only(ring)
    expect(finding).toMatchObject({ rule: 'record-behind', severity: 'warning', node: second })
    expect(finding.text).toBe('holds version 5 of the record, and the newest is 7')
  })

  test('configuration: what has to be the same and is not', () => {
    const ring = new SimulatedRing()
    ring.change(second, ({ configuration }) => ({ configuration: { ...configuration, replicas: 0 } }))
    expect(only(ring)).toMatchObject({ rule: 'configuration', severity: 'warning' })
  })

  test('done: waits for merge complete; with AUTOMERGE it is an error', () => {
    const ring = new SimulatedRing()
    ring.state(third, { action: 'add', progress: 'done' })
    expect(only(ring)).toMatchObject({ rule: 'done', severity: 'warning', mend: ['merge complete'] })
    ring.change(undefined, ({ configuration }) => ({ configuration: { ...configuration, autoMerge: true } }))
    expect(only(ring)).toMatchObject({ rule: 'done', severity: 'error' })
  })

  test('pending: waits for merge start, or for nosuspend where merging is held back', () => {
    const ring = new SimulatedRing()
    ring.state(third, { action: 'add', progress: 'pending' })
    expect(only(ring)).toMatchObject({ rule: 'pending', severity: 'warning', mend: ['merge start', 'merge complete'] })
    ring.state(second, { progress: 'doing' })
    expect(found(ring)).toEqual([])
    ring.state(second, { progress: 'nothing' })
    ring.change(undefined, ({ configuration }) => ({
      isSuspended: true,
      configuration: { ...configuration, autoMerge: true },
    }))
    expect(checkRing(ring.picture()).findings.map(({ rule, mend }) => [rule, mend])).toEqual([
      ['pending', ['nosuspend']],
      ['suspended', ['nosuspend']],
    ])
  })

  test('merge-waits: for whom and why', () => {
    const ring = new SimulatedRing()
    const merge = {
      ...{ id: 'm1', phase: 'CLOSING', startedBy: first, progress: [] },
      waitingFor: [{ server: third, why: 'a handler has not ended' }],
    }
    ring.insight(undefined, { merge })
    const finding = only(ring)
    expect(finding).toMatchObject({ rule: 'merge-waits', severity: 'warning', node: third, mend: ['merge abort'] })
    expect(finding.text).toContain('a handler has not ended')
  })

  test('suspended: everywhere a warning, somewhere an error', () => {
    const ring = new SimulatedRing()
    ring.change(undefined, () => ({ isSuspended: true }))
    expect(found(ring)).toEqual([['suspended', 'warning', undefined]])
    ring.change(second, () => ({ isSuspended: false }))
    expect(only(ring)).toMatchObject({ rule: 'suspended', severity: 'error', mend: ['nosuspend'] })
  })

  test('own-warning: what a node says of itself', () => {
    const ring = new SimulatedRing()
    ring.insight(second, { warnings: ['peers are accepted by host only'] })
    expect(only(ring)).toMatchObject({ rule: 'own-warning', text: 'warns: peers are accepted by host only' })
  })

  test('every rule has a test here, and an id of its own', async () => {
    const { readFileSync } = await import('node:fs')
    const text = readFileSync(new URL(import.meta.url), 'utf8')
    for (const { id } of rules) expect(text, id).toContain(`'${id}'`)
    expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length)
  })
})
