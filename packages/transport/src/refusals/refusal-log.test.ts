import { type Logger, silent } from '@ring/platform'
import { describe, expect, it } from 'vitest'
import { RefusalLog } from './refusal-log.ts'

function recorded() {
  const lines: object[] = []
  const logger: Logger = { ...silent, warn: (fields) => void lines.push(fields) }
  let nowMs = 0
  return { lines, log: new RefusalLog(logger, () => nowMs), pass: (ms: number) => (nowMs += ms) }
}

describe('RefusalLog', () => {
  it('F1: says it once a minute for a machine and a reason, and how often it was meanwhile', () => {
    const { lines, log, pass } = recorded()
    for (let at = 0; at < 5; at++) log.add('10.0.0.1', 'proof')
    log.add('10.0.0.1', 'hosts')
    pass(60_000)
    log.add('10.0.0.1', 'proof')
    expect(lines).toEqual([
      { event: 'peer.refused', remote: '10.0.0.1', reason: 'proof' },
      { event: 'peer.refused', remote: '10.0.0.1', reason: 'hosts' },
      { event: 'peer.refused', remote: '10.0.0.1', reason: 'proof', more: 4 },
    ])
  })

  it('F1: is not filled by strangers with many addresses', () => {
    const { lines, log, pass } = recorded()
    for (let at = 0; at < 10_000; at++) log.add(`10.0.${at >> 8}.${at & 255}`, 'hosts')
    expect(lines).toHaveLength(60)
    pass(60_000)
    log.add('10.1.0.1', 'hosts')
    expect(lines).toHaveLength(61)
  })
})
