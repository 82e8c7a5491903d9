// The smallest random run, from source; and that each check of it sees what it is there for.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { checkEndings, checkOrder, checkPauses, checkPosts, Findings, unsettledOf } from './checks.mjs'
import { flag } from './records.mjs'

const ending = {
  ...{ call: 1, kind: 'request', key: 3, flags: 0, deadlineMs: 100, startMs: 1_000, endMs: 1_010 },
  ...{ outcome: 'replied', reason: '', notDelivered: 0, ran: 0 },
}
const start = { client: 0, server: 0, program: 0, call: 1, machineMs: 1_005, wallMs: 5_005, version: 1 }
type Ending = typeof ending

const found = (check: (findings: Findings) => void) => {
  const findings = new Findings()
  check(findings)
  return [...findings.found.keys()]
}
const ofEnding = (one: Partial<Ending>, starts: (typeof start)[]) =>
  found((findings) => checkEndings(0, [{ ...ending, ...one }], new Map([[1, starts]]), findings))
const settled = unsettledOf([])

describe('random run', () => {
  it('K1, K2, M3: the promises hold among real processes while faults strike', () => {
    const main = join(import.meta.dirname, 'main.mjs')
    const args = ['--conditions=@ring/source', '--import', 'tsx', main, '--calls', '2000', '--seed', '1', '--json']
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    expect(status, `${stdout}\n${stderr}`).toBe(0)
    const outcome = JSON.parse(stdout)
    expect(outcome.calls).toBeGreaterThanOrEqual(2_000)
    expect(Object.keys(outcome.faults)).not.toHaveLength(0)
  })

  it('K1: sees a handler that ran for what was not delivered, and one that ran twice', () => {
    expect(ofEnding({}, [start])).toEqual([])
    expect(ofEnding({}, [])).toEqual(['an answer comes from a handler'])
    expect(ofEnding({ outcome: 'not delivered' }, [start])).toEqual(['"not delivered" ran nowhere'])
    expect(ofEnding({}, [start, { ...start, server: 1 }])).toEqual(['at most once'])
    expect(ofEnding({ flags: flag.idempotent }, [start, { ...start, server: 1 }])).toEqual([])
    const broadcast = { kind: 'broadcast', notDelivered: 0b10, ran: 0b01 }
    expect(ofEnding(broadcast, [start])).toEqual([])
    expect(ofEnding(broadcast, [start, { ...start, server: 1 }])).toEqual(['"not delivered" ran nowhere'])
  })

  it('K1: sees a deadline that ends early', () => {
    const overdue = { outcome: 'may have been', reason: 'overdue-running', flags: flag.overdue }
    expect(ofEnding({ ...overdue, endMs: 1_090 }, [start])).toEqual(['no deadline ends early'])
    expect(ofEnding({ ...overdue, endMs: 1_101 }, [start])).toEqual([])
  })

  it('K1: sees posts that are counted wrongly', () => {
    const posts = { taken: 5, handled: 2, failed: 0, notDelivered: 2, maybeDelivered: 1 }
    const of = (ran: number) => found((findings) => checkPosts(0, posts, ran, findings))
    expect([of(1).length, of(2).length, of(3).length, of(4).length]).toEqual([1, 0, 0, 1])
  })

  it('K2: sees a later call of a key that starts before an earlier one', () => {
    const later = { ...ending, call: 2 }
    const starts = (firstAt: number) =>
      new Map([
        [1, [{ ...start, machineMs: firstAt }]],
        [2, [{ ...start, call: 2 }]],
      ])
    const of = (firstAt: number, more: Partial<Ending> = {}) =>
      found((findings) => checkOrder(0, [{ ...ending, ...more }, later], starts(firstAt), settled, findings))
    expect(of(1_004)).toEqual([])
    expect(of(1_006)).toEqual(['order of one sender and key'])
    expect(of(1_006, { outcome: 'may have been' })).toEqual([])
    expect(of(1_006, { flags: flag.idempotent })).toEqual([])
    // A note about posts has no call of its own.
    const note = { ...ending, kind: 'post', outcome: 'post may have been', startMs: 90_000, endMs: 90_000 }
    const endings = [{ ...ending, key: 5 }, note, later]
    expect(found((findings) => checkOrder(0, endings, starts(1_006), settled, findings))).toEqual([])
  })

  it('M3: sees a handler that starts between the end of a stop and the next life', () => {
    const stop = { kind: 'stop', label: 'node 0', stopped: true, node: 0, fromWallMs: 1_000, toWallMs: 5_000 }
    const views = [
      { wallMs: 500, isIn: true },
      { wallMs: 2_500, isIn: false },
      { wallMs: 5_500, isIn: true },
    ]
    const of = (wallMs: number) =>
      found((findings) => checkPauses([stop], () => views, [{ ...start, wallMs }], findings))
    expect(of(5_100)).toEqual(['who was expelled while stopped starts nothing'])
    expect(of(5_600)).toEqual([])
    expect(of(900)).toEqual([])
  })
})
