import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bar, short } from '../render/figures.ts'
import { plainView } from '../render/view.ts'
import type { RingPicture } from '../ring/picture.ts'
import { SimulatedRing } from '../ring/simulated-ring.testdata.ts'
import { rateOf } from './rates.ts'
import { plotOf, topText } from './top-text.ts'

const [first, second] = ['server0.example:8021', 'server1.example:8021'] as const
const relay = { requestsPerSecond: 12_345, repliesPerSecond: 12_000, bytesPerSecond: 4_500_000 }
const at = (picture: RingPicture, atMs: number): RingPicture => ({ ...picture, atMs })

describe('A12: the live view', () => {
  test('rates, queues and states of each node, from one picture of Ring', () => {
    const ring = new SimulatedRing()
    ring.insight(first, {
      relay: {
        ...relay,
        queues: [
          { name: 'accounts', depth: 90, capacity: 100 },
          { name: '', depth: 3 },
        ],
      },
    })
    const text = topText([ring.picture()], plainView)
    expect(text).toMatch(/server0\.example:8021 .* IN .* UP .* 1 .* 12k .* 4\.5M .* 90\/100 accounts/)
    expect(text).toContain('4 of 4 nodes up')
    expect(text).toContain('   12k messages/s')
    expect(text).toContain('OK   all agree')
  })

  test('of CHMPX the rate is what was counted between two pictures; a node that began anew has none', () => {
    const ring = new SimulatedRing({ isRing: false })
    const before = at(ring.picture(), 1_000)
    const count = (sent: number) =>
      ring.change(first, ({ traffic }) => ({
        traffic: { ...traffic, slaves: { ...traffic.slaves, sent, bytes: sent * 10 } },
      }))
    count(500)
    const now = at(ring.picture(), 3_000)
    expect(rateOf(now.nodes[0]!, now, before)).toEqual({ messages: 250, bytes: 2_500 })
    expect(topText([before, now], plainView)).toMatch(/server0\.example:8021 .* 250 .* 2\.5k/)
    count(100)
    const later = at(ring.picture(), 5_000)
    expect(rateOf(later.nodes[0]!, later, now)).toBeUndefined()
  })

  test('how far a merge is, who it waits for, and what the check says', () => {
    const ring = new SimulatedRing()
    ring.state(second, { action: 'add', progress: 'doing' })
    ring.insight(undefined, {
      merge: {
        ...{ id: 'm7', phase: 'DOING', startedBy: first, waitingFor: [{ server: second, why: 'it fetches' }] },
        progress: [
          { server: second, items: 250_000, bytes: 25e6, itemsLeft: 750_000, bytesLeft: 75e6, secondsLeft: 65 },
          { server: first, items: 5, bytes: 50 },
        ],
      },
    })
    const text = topText([ring.picture()], plainView)
    expect(text).toContain('merge m7  DOING  started by server0.example:8021')
    expect(text).toContain(`  ${second}  ██████░░░░░░░░░░░░░░░░░░  25 %  250k items, 25M bytes, 1 min left`)
    expect(text).toContain('   ?  5 items, 50 bytes')
    expect(text).toContain(`  waits for ${second}: it fetches`)
    expect(text).toContain(`WARN  ${second} the merge m7 (DOING) waits for it: it fetches`)
    expect(topText([ring.picture()], { ...plainView, ascii: true })).toContain('######..................')
  })

  test('a node that dies is seen at once', () => {
    const ring = new SimulatedRing()
    const before = ring.picture()
    ring.kill(second)
    const text = topText([before, ring.picture()], plainView)
    expect(text).toContain('3 of 4 nodes up')
    expect(text).toMatch(/ERR {2}server1\.example:8021 is down and still in service/)
  })

  test('in ASCII no letter is beyond it', () => {
    const ring = new SimulatedRing()
    ring.insight(undefined, { relay: { ...relay, queues: [] } })
    expect(topText([ring.picture(), ring.picture()], { ...plainView, ascii: true })).toMatch(/^[\n -~]*$/)
  })

  test('bars, figures and plots have their length, whatever the value', () => {
    const value = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY))
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 40 }), fc.boolean(), (values, ascii) => {
        expect(plotOf(values, ascii)).toHaveLength(values.length)
        for (const one of values) expect(bar(one, 10, ascii)).toHaveLength(10)
        for (const one of values) expect(short(one).length).toBeGreaterThan(0)
      }),
    )
    expect([0, 950, 1_234, 34_000, 5_600_000, 7e9].map(short)).toEqual(['0', '950', '1.2k', '34k', '5.6M', '7.0G'])
  })
})
