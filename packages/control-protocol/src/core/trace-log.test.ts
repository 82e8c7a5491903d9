import { describe, expect, it } from 'vitest'
import { TraceLog } from './trace-log.ts'

const bytesOf = (lines: readonly string[]) => lines.map((line) => Number(/\t(\d+) byte/.exec(line)?.[1]))

describe('A6: TRACE and TRACEVIEW', () => {
  it('shows a line as CHMPX does', () => {
    const log = new TraceLog(10)
    log.setEnabled(true)
    log.record('out', 'socket', 248, 1795291275751.5, 1795291275752)
    expect(log.view()).toEqual([
      '[Output Socket]\t248 byte\tSTART(1795291275s 751500000ns) - FINISH(1795291275s 752000000ns)',
    ])
  })

  it('keeps the newest, and shows the newest COUNT of those that fit, the oldest of them first', () => {
    const log = new TraceLog(5)
    log.setEnabled(true)
    for (let bytes = 1; bytes <= 12; bytes++)
      log.record(bytes % 2 === 0 ? 'in' : 'out', bytes % 3 === 0 ? 'queue' : 'socket', bytes, bytes, bytes)
    expect(bytesOf(log.view())).toEqual([8, 9, 10, 11, 12])
    expect(bytesOf(log.view({ count: 2 }))).toEqual([11, 12])
    expect(bytesOf(log.view({ direction: 'in' }))).toEqual([8, 10, 12])
    expect(bytesOf(log.view({ direction: 'in', count: 2 }))).toEqual([10, 12])
    expect(bytesOf(log.view({ device: 'queue' }))).toEqual([9, 12])
    expect(bytesOf(log.view({ direction: 'out', device: 'queue' }))).toEqual([9])
  })

  it('takes nothing while it is off, keeps what there was to look at, and begins anew', () => {
    const log = new TraceLog(5)
    log.record('in', 'socket', 1, 1, 1)
    expect(log.view()).toEqual([])
    expect(log.setEnabled(false)).toBe(false)
    expect(log.setEnabled(true)).toBe(true)
    expect(log.setEnabled(true)).toBe(false)
    log.record('in', 'socket', 2, 1, 1)
    log.setEnabled(false)
    log.record('in', 'socket', 3, 1, 1)
    expect(bytesOf(log.view())).toEqual([2])
    log.setEnabled(true)
    expect(log.view()).toEqual([])
  })

  it('holds no more than CHMPX, whatever the configuration says', () => {
    expect([1e9, -5, 0.5, 100].map((capacity) => new TraceLog(capacity).capacity)).toEqual([32_768, 0, 0, 100])
    const none = new TraceLog(0)
    none.setEnabled(true)
    none.record('in', 'socket', 1, 1, 1)
    expect(none.view()).toEqual([])
  })
})
