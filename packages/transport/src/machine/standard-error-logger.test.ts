import { afterEach, describe, expect, it, vi } from 'vitest'
import { standardErrorLogger } from '../index.ts'

afterEach(() => vi.restoreAllMocks())

function said(write: () => void): readonly unknown[] {
  const lines: unknown[] = []
  vi.spyOn(console, 'error').mockImplementation((...words: unknown[]) => void lines.push(...words))
  write()
  return lines
}

describe('U3: what a library says that was given no logger', () => {
  it('U3: a line each for warnings and errors, none for the rest', () => {
    const { debug, info, warn, error } = standardErrorLogger
    const lines = said(() => {
      debug({ event: 'a' }, 'not this')
      info({ event: 'b' }, 'nor this')
      warn({ event: 'pause.resumed', gapMs: 800 }, 'the process was not running')
      error({ event: 'listener.failed', type: 'view', err: new TypeError('x is not a function') }, 'a listener failed')
    })
    expect(lines[0]).toBe('ring: the process was not running (pause.resumed, gapMs 800)')
    expect(lines[1]).toMatch(
      /^ring: error: a listener failed \(listener\.failed, type view, err TypeError: x is not a function at .*standard-error-logger\.test\.ts:\d+:\d+.*\)$/,
    )
    expect(lines).toHaveLength(2)
  })

  it('U3: stays one line of a bounded length, whatever a peer has sent', () => {
    const circular: { self?: unknown } = {}
    circular.self = circular
    const fields = {
      event: 'peer.refused',
      remote: 'a\nring: error: forged\u001b[2J\u2028',
      circular,
      big: 1n,
      much: 'x'.repeat(5000),
    }
    const [line, ...more] = said(() => standardErrorLogger.warn(fields, 'odd %s'))
    expect(more).toEqual([])
    expect(line).toMatch(
      /^ring: odd %s \(peer.refused, remote a ring: error: forged \[2J , circular \[object Object\], big 1, much x+\.\.\.$/,
    )
    expect(String(line).length).toBeLessThan(2100)
  })
})
