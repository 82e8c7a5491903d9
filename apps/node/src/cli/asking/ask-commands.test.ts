import { incarnation, nodeName } from '@ring/platform'
import { describe, expect, it } from 'vitest'
import type { StatusReport } from '../../operator/node-report.ts'
import { keysText, membersText, statusText } from './ask-commands.ts'
import { runtimeDirectoryFor } from './node-question.ts'

const report: StatusReport = {
  ...{ node: 'a:1', role: 'server', group: 'shop', version: '1.2.3', pid: 7, ready: false, witness: false },
  waiting: { for: ['b:1'], text: 'waiting for 1 of 3 servers: b:1' },
  membership: { phase: 'member', primary: false, nonPrimary: true, missing: [nodeName('b:1')] },
  delivery: 'no-quorum',
  record: { lineage: 'abc', version: 9, epoch: 4, members: 2, coordinator: 'a:1' },
  programs: [
    { name: 'stock', role: 'server', pid: 8 },
    { name: 'ledger', role: 'server', service: 'accounts', pid: 9 },
  ],
  ...{ keys: 2, warnings: ['odd \u001b[2J'], needRestart: ['[RING] DETECT'], certificates: [] },
  ...{ refusedPeers: {}, rejectedDials: {} },
}

describe('U3: status, members and keys for people', () => {
  it('U3: status', () => {
    expect(statusText(report)).toBe(
      [
        'node      a:1, server of shop',
        'process   7, ring-node 1.2.3',
        'state     not ready, no quorum',
        '          waiting for 1 of 3 servers: b:1',
        'members   2, coordinator a:1',
        'record    version 9, epoch 4, lineage abc',
        'keys      2',
        'programs  2',
        '          server stock, process 8',
        '          server ledger of service accounts, process 9',
        'restart   needed for [RING] DETECT',
        'warning   odd ?[2J',
        '',
      ].join('\n'),
    )
    const starting = { ...report, waiting: null, record: null, membership: { phase: 'discovering', waitingFor: [] } }
    expect(statusText({ ...starting, programs: [] } as StatusReport)).toContain('state     not ready, discovering\n')
  })

  it('U3: members, in the order of the view', () => {
    const member = {
      ...{ name: 'a:1', address: '10.0.0.1:2', incarnation: incarnation(1), zone: 'east', version: null },
      ...{ self: true, coordinator: true, voter: true, witness: false },
    }
    const other = { ...member, name: 'long.example:1', self: false, coordinator: false, witness: true, zone: null }
    expect(membersText({ node: 'a:1', version: 3, members: [member, other] })).toBe(
      [
        'NAME            ADDRESS     ZONE  VERSION',
        'a:1             10.0.0.1:2  east  -        this node, coordinator, voter',
        'long.example:1  10.0.0.1:2  -     -        witness',
        '',
      ].join('\n'),
    )
    expect(membersText({ node: 'a:1', version: null, members: [] })).toBe('This node has no view yet.\n')
  })

  it('U3: keys', () => {
    const keys = [
      { fingerprint: '01234567', acceptedSinceMs: 0, signsSinceMs: 60_000 },
      { fingerprint: '89abcdef', acceptedSinceMs: 0, signsSinceMs: undefined },
    ]
    expect(keysText({ node: 'a:1', keys, problems: ['cannot be read'] })).toBe(
      [
        'KEY       USE              SINCE',
        '01234567  signs, accepted  1970-01-01T00:01:00Z',
        '89abcdef  accepted         1970-01-01T00:00:00Z',
        'problem: cannot be read',
        '',
      ].join('\n'),
    )
    expect(keysText({ node: 'a:1', keys: [], problems: [] })).toBe('No group key is in use.\n')
  })

  it('U3: finds the node by its directory, or by its configuration as programs do', async () => {
    const config = JSON.stringify({
      GLOBAL: { FILEVERSION: 1, GROUP: 'shop', DELIVERMODE: 'hash' },
      RING: { RUNTIMEDIR: '/run/ring/%n' },
      SVRNODE: [1, 2].map((at) => ({ NAME: '127.0.0.1', PORT: 100 * at, CTLPORT: 100 * at + 1 })),
    })
    expect(await runtimeDirectoryFor({ runtimeDir: 'x' }, {})).toEqual({ directory: 'x' })
    expect(await runtimeDirectoryFor({ config, ctlport: 201 }, {})).toEqual({ directory: '/run/ring/127.0.0.1-201' })
    expect(await runtimeDirectoryFor({ ctlport: 101 }, { RING_JSON: config })).toEqual({
      directory: '/run/ring/127.0.0.1-101',
    })
    expect(await runtimeDirectoryFor({ runtimeDir: 'x', config }, {})).toEqual({
      problem: expect.stringMatching('twice') as string,
    })
    expect(await runtimeDirectoryFor({}, {})).toEqual({ problem: expect.stringMatching('--runtime-dir') as string })
  })
})
