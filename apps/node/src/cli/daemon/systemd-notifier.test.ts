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
    const onTheWay: (() => void)[] = []
    const made = SystemdNotifier.from(environment, 7, (assignments, ended) => {
      sent.push(assignments.join(' '))
      onTheWay.push(ended)
    })
    const arrive = () => onTheWay.shift()?.()
    return { made: made!, sent, arrive }
  }

  it('is not there without a service manager', () => {
    expect(SystemdNotifier.from({}, 7)).toBeUndefined()
    expect(SystemdNotifier.from({ NOTIFY_SOCKET: '' }, 7)).toBeUndefined()
  })

  it('says ready once, a status at each change, and stopping once', () => {
    const { made, sent, arrive } = notifier({ NOTIFY_SOCKET: '/run/x' })
    const told = (ready: boolean, text: string) => {
      made.changed({ ready, text })
      arrive()
      vi.advanceTimersByTime(1000)
    }
    told(false, 'joining')
    told(false, 'joining')
    told(true, '3 servers')
    told(false, 'no quorum')
    told(true, '3 servers')
    made.stopping()
    made.stopping()
    arrive()
    made.changed({ ready: false, text: 'gone' })
    vi.advanceTimersByTime(5000)
    expect(sent).toEqual([
      'STATUS=joining',
      'READY=1 STATUS=3 servers',
      'STATUS=no quorum',
      'STATUS=3 servers',
      'STOPPING=1 STATUS=leaving the ring',
    ])
  })

  it('sends one message at a time, and of what changed meanwhile the latest', () => {
    const { made, sent, arrive } = notifier({ NOTIFY_SOCKET: '/run/x' })
    made.changed({ ready: false, text: 'joining' })
    made.changed({ ready: true, text: '1 server' })
    made.changed({ ready: true, text: '2 servers' })
    expect(sent).toEqual(['STATUS=joining'])
    arrive()
    expect(sent.splice(0)).toEqual(['STATUS=joining', 'READY=1 STATUS=2 servers'])
    made.stopping()
    vi.advanceTimersByTime(5000)
    expect(sent).toEqual([])
    arrive()
    expect(sent).toEqual(['STOPPING=1 STATUS=leaving the ring'])
  })

  it('says a status at most once a second, but ready and stopping at once', () => {
    const { made, sent, arrive } = notifier({ NOTIFY_SOCKET: '/run/x' })
    const told = (ready: boolean, text: string) => {
      made.changed({ ready, text })
      arrive()
    }
    told(false, 'joining')
    told(true, '1 server')
    told(true, '2 servers')
    told(true, '3 servers')
    vi.advanceTimersByTime(999)
    expect(sent.splice(0)).toEqual(['STATUS=joining', 'READY=1 STATUS=1 server'])
    vi.advanceTimersByTime(1)
    expect(sent.splice(0)).toEqual(['STATUS=3 servers'])
    arrive()
    told(true, '4 servers')
    made.stopping()
    expect(sent).toEqual(['STOPPING=1 STATUS=leaving the ring'])
  })

  it('gives signs of life to the watchdog, if it watches this process, until it stops', () => {
    const { made, sent, arrive } = notifier({ NOTIFY_SOCKET: '/run/x', WATCHDOG_USEC: '30000000', WATCHDOG_PID: '7' })
    for (let third = 0; third < 3; third += 1) {
      vi.advanceTimersByTime(10_000)
      arrive()
    }
    expect(sent).toEqual(['WATCHDOG=1', 'WATCHDOG=1', 'WATCHDOG=1'])
    made.stopping()
    vi.advanceTimersByTime(30_000)
    expect(sent).toHaveLength(4)
    const other = notifier({ NOTIFY_SOCKET: '/run/x', WATCHDOG_USEC: '30000000', WATCHDOG_PID: '8' })
    vi.advanceTimersByTime(60_000)
    expect(other.sent).toEqual([])
  })
})
