import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { SystemdNotifier } from './systemd-notifier.ts'

describe('F3: SystemdNotifier', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  function notifier(environment: Record<string, string>) {
    const sent: string[] = []
    const made = SystemdNotifier.from(environment, 7, (assignments) => sent.push(assignments.join(' ')))
    return { made: made!, sent }
  }

  it('is not there without a service manager', () => {
    expect(SystemdNotifier.from({}, 7)).toBeUndefined()
    expect(SystemdNotifier.from({ NOTIFY_SOCKET: '' }, 7)).toBeUndefined()
  })

  it('says ready once, and a status at each change', () => {
    const { made, sent } = notifier({ NOTIFY_SOCKET: '/run/x' })
    made.changed({ ready: false, text: 'joining' })
    made.changed({ ready: false, text: 'joining' })
    made.changed({ ready: true, text: '3 servers' })
    made.changed({ ready: false, text: 'no quorum' })
    made.changed({ ready: true, text: '3 servers' })
    made.stopping()
    expect(sent).toEqual([
      'STATUS=joining',
      'READY=1 STATUS=3 servers',
      'STATUS=no quorum',
      'STATUS=3 servers',
      'STOPPING=1 STATUS=leaving the ring',
    ])
  })

  it('gives signs of life to the watchdog, if it watches this process, until it stops', () => {
    const { made, sent } = notifier({ NOTIFY_SOCKET: '/run/x', WATCHDOG_USEC: '30000000', WATCHDOG_PID: '7' })
    vi.advanceTimersByTime(30_000)
    expect(sent).toEqual(['WATCHDOG=1', 'WATCHDOG=1', 'WATCHDOG=1'])
    made.stopping()
    vi.advanceTimersByTime(30_000)
    expect(sent).toHaveLength(4)
    const other = notifier({ NOTIFY_SOCKET: '/run/x', WATCHDOG_USEC: '30000000', WATCHDOG_PID: '8' })
    vi.advanceTimersByTime(60_000)
    expect(other.sent).toEqual([])
  })
})
