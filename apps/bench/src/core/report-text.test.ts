import { expect, test } from 'vitest'
import { chmpxText } from './chmpx-text.ts'
import { parseArguments } from './parse-arguments.ts'
import { clientReport } from './report.ts'
import { clientText } from './report-text.ts'
import { speedCase, speedText } from './speed-report.ts'
import { Tally } from './tally.ts'

function tallyOf(replies: number): Tally {
  const tally = new Tally()
  for (let count = 0; count < replies; count++) tally.reply(true, 0.1 + count / 1_000)
  tally.sent = replies
  return tally
}

function report(tally: Tally, words = '-c -conf x -ta --in-flight 4 -dummykey TEST') {
  const parsed = parseArguments(words.split(' '))
  if (parsed.command !== 'client') throw new Error('not a client')
  const baseline = { seconds: 2, tally: tallyOf(8_000).toRecord(), cpuMicros: 40_000 }
  const counted = [
    { pid: 11, what: 'client program', micros: 30_000 },
    { pid: 12, what: 'node a:1', micros: 20_000 },
  ]
  const run = { seconds: 2, tally: tally.toRecord(), ...(parsed.settings.baseline && { baseline }) }
  return clientReport(parsed.settings, [run], { node: 'a:1', cores: 2, counted })
}

test('A4: the report for people', () => {
  const tally = tallyOf(2_000)
  tally.sent += 3
  tally.failure('RING_NOT_DELIVERED_NO_SERVER', 1)
  tally.failure('RING_MAYBE_DELIVERED_LINK_LOST', 950)
  tally.failure('RING_HANDLER_FAILED', 3)
  expect(clientText(report(tally, '--client --config x --baseline --runs 1'))).toMatchInlineSnapshot(`
    "mode                             request, 128 B, every reply compared
    node                             a:1
    load                             1 process x 1 in flight, 2.00 s
    keys                             1 024, in-turn
    throughput                       1 000 round trips/s
    latency                          p50 1101 us  p90 1907 us  p99 2086 us  p99.9 2099 us  max 2099 us
    requests                         2 003 sent = 2 000 replied + 1 not delivered + 1 may have been delivered + 1 failed
    wrong replies                    0
    slowest failure                  950.0 ms
      RING_NOT_DELIVERED_NO_SERVER   1
      RING_MAYBE_DELIVERED_LINK_LOST 1
      RING_HANDLER_FAILED            1
    processor                        25.0 us a round trip, over 2 processes; 2 cores
      counted                        client program (11) 30.0 ms, node a:1 (12) 20.0 ms
    baseline                         4 000 round trips/s of a framed echo over one TCP connection, 5.0 us of processor each
      latency                        p50 4122 us  p90 7322 us  p99 8038 us  p99.9 8099 us  max 8099 us
    ratio                            0.250 (median of 1 run in turn)
    "
  `)
})

test("A4: CHMPX's lines", () => {
  expect(chmpxText(report(tallyOf(10)), 10)).toMatchInlineSnapshot(`
    "Total process count            1
    Total thread count             4
    Total loop count               40
    Data length                    128 byte
    Turn around                    yes
    Broadcast                      no
    Total error count              0
    Total time(addition thread)    0.001045000s
    Average time(addition thread)  0.000104500s
    Total time(real)               2.000000000s
    Average time(real)             0.200000000s
    "
  `)
})

test('A4: a request without an end, or a wrong reply, is not ok and is seen', () => {
  const lost = tallyOf(5)
  lost.sent++
  expect(report(lost)).toMatchObject({ ok: false, requests: { unaccounted: 1 } })
  expect(clientText(report(lost))).toContain('1 UNACCOUNTED')
  const wrong = tallyOf(5)
  wrong.sent++
  wrong.reply(false, 1)
  expect(report(wrong)).toMatchObject({ ok: false, requests: { wrong: 1 } })
  expect(chmpxText(report(wrong), 6)).toMatch(/Total error count\s+1\n/)
  expect(report(tallyOf(5)).ok).toBe(true)
})

test('A4: the speed table has the median of the ratios beside its goal', () => {
  const runOf = (replies: number) => ({ seconds: 1, tally: tallyOf(replies).toRecord(), cpuMicros: replies * 20 })
  const rounds = [100, 300, 250].map((replies) => ({ ring: runOf(replies), baseline: runOf(1_000) }))
  const one = speedCase('four-process', 1, rounds)
  expect(one).toMatchObject({ ratio: 0.25, goal: 0.24, met: true, perSecond: 250 })
  expect(speedCase('embedded', 64, rounds)).toMatchObject({ goal: 0.5, met: false })
  const told = { format: 'ring-bench-speed', formatVersion: 1, bodyBytes: 128, runs: 3, cores: 2, ok: true } as const
  expect(speedText({ ...told, cases: [one] })).toMatchInlineSnapshot(`
    "128 B round trips, median of 3 alternating runs, 2 cores

                   in flight   ratio   goal          round trips/s      echo/s        p50        p99       CPU  echo CPU
    four-process           1   0.250   0.24     met            250       1 000     213 us     394 us   20.0 us   20.0 us

    ratio                  to a framed echo: two processes, one TCP connection, measured in turn
    CPU                    processor time of a round trip, all processes together
    replies                all compared, none wrong, every request accounted for
    "
  `)
})
