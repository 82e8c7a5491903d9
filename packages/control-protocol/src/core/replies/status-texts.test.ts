import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { allStatusOf, allStatusText, readAllStatus } from './all-status.ts'
import { readDump } from './dump-reading.ts'
import { dumpText } from './dump-text.ts'
import { readSelfStatus, selfStatusOf, selfStatusText } from './self-status.ts'

/** Exact replies of CHMPX 1.0.113: a ring of three servers and a slave. */
const captured = (name: string) => readFileSync(join(import.meta.dirname, '../../testdata', name), 'utf8')
const dump = captured('chmpx-DUMP.txt')

describe('A6: the text forms are those of CHMPX', () => {
  it('SELFSTATUS, to the byte', () => {
    for (const name of ['chmpx-SELFSTATUS.txt', 'chmpx-SELFSTATUS-detached.txt']) {
      const text = captured(name)
      expect(selfStatusText(readSelfStatus(text))).toBe(text)
    }
  })

  it('ALLSTATUS, to the byte', () => {
    const text = captured('chmpx-ALLSTATUS.txt')
    expect(allStatusText(readAllStatus(text))).toBe(text)
  })

  it('SELFSTATUS and ALLSTATUS are made of what DUMP tells', () => {
    const told = readDump(dump)
    // CHMPX counts the connection that asks.
    const self = selfStatusText(selfStatusOf({ ...told, controlConnections: 1 }))
    expect(self).toBe(captured('chmpx-SELFSTATUS.txt'))
    // Its slave stands behind the servers.
    const all = allStatusText(allStatusOf(told))
    expect(all.startsWith(captured('chmpx-ALLSTATUS.txt'))).toBe(true)
    expect(all).toContain(
      'No.4\n  Server Name          = 10.99.0.1\n    Port               = -1\n    Control Port       = 9022\n',
    )
    expect(all).toContain('0x1(SAFE -> [SLAVE][UP][n/a][Nothing][NoSuspend])')
    expect(all).not.toContain('No.5')
  })

  it('DUMP has no list where there is nothing to list', () => {
    const told = readDump(dump)
    const text = dumpText({
      ...told,
      slaves: [],
      programPids: [],
      configuration: { ...told.configuration, chmpxQueues: 0 },
    })
    for (const line of [
      'client_pids          = 0',
      'chmpx_msgs           = 0',
      'activated_msgs       = 0',
      '  chmpx_slaves       = 0',
    ])
      expect(text).toMatch(new RegExp(`^${line}\n(?!\\s*\\{)`, 'm'))
  })

  it('DUMP, line by line, but for what is bound to shared memory', () => {
    const ours = dumpText(readDump(dump)).split('\n')
    const theirs = dump.split('\n')
    expect(ours.length).toBe(theirs.length)
    const differing = theirs.flatMap((line, at) => (line === ours[at] ? [] : [{ line, ours: ours[at]! }]))
    const bound =
      /^ *(Shared memory file (path|size|fd|Object)|Configuration object|K2HASH Object|CHMINFO size|rel_chmpxmsgarea|prev|next|same|\w*_msgs|chmpx_(base_srvs|pend_srvs|self|servers|slaves|frees)|sock_frees|client_pids|free_pids) *= /
    expect(differing.filter(({ line }) => !bound.test(line))).toEqual([])
    const keyOf = (line: string) => line.slice(0, line.indexOf('=') + 1)
    for (const { line, ours: own } of differing) expect(keyOf(own)).toBe(keyOf(line))
    // An address where something is, and 0 where nothing is.
    const isAddress = /= (0|0x[0-9a-f]+)$/
    for (const { line, ours: own } of differing)
      if (!/Shared memory|object|K2HASH|CHMINFO|rel_|same/.test(line)) {
        expect(own, line).toMatch(isAddress)
        expect(own.endsWith('= 0'), line).toBe(line.endsWith('= 0'))
      }
  })
})
