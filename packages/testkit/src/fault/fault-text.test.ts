import { nodeName } from '@ring/platform'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Fault, faultText, parseDuration, parseFault, recordingText } from '../index.ts'

const node = fc.constantFrom('a', 'b', 'c:8021', 'node-4').map(nodeName)
const nodes = fc.uniqueArray(node, { minLength: 1, maxLength: 3 })
const probability = fc.double({ min: 0, max: 1, noNaN: true })
const positive = fc.double({ min: 0.001, max: 1e9, noNaN: true })
const fault: fc.Arbitrary<Fault> = fc.oneof(
  fc.record({ kind: fc.constantFrom('crash' as const, 'forget' as const), node }),
  fc.record({ kind: fc.constant('pause' as const), node, clock: fc.constantFrom('runs' as const, 'stops' as const) }),
  fc.record({ kind: fc.constant('cut' as const), from: nodes, to: nodes }),
  fc.record({ kind: fc.constant('refuse' as const), from: node, to: node }),
  fc.record({ kind: fc.constant('partition' as const), groups: fc.array(nodes, { minLength: 2, maxLength: 3 }) }),
  fc.record({
    kind: fc.constant('isolate' as const),
    node,
    way: fc.constantFrom('both' as const, 'in' as const, 'out' as const),
  }),
  fc.record({ kind: fc.constant('wall-jump' as const), node, byMs: fc.integer({ min: -1e9, max: 1e9 }) }),
  fc.record({ kind: fc.constant('clock-rate' as const), node, rate: positive }),
  fc.record({ kind: fc.constant('slow-network' as const), factor: positive }),
  fc.record({ kind: fc.constant('narrow-network' as const), bytesPerSecond: positive }),
  fc.record({ kind: fc.constantFrom('loss' as const, 'duplication' as const), probability }),
  fc.record({ kind: fc.constant('full-disk' as const), node, probability }),
)

describe('faults as text', () => {
  it('F2: every fault is read back as it was written', () => {
    fc.assert(
      fc.property(fault, (one) => {
        expect(parseFault(faultText(one).split(' '), nodeName)).toEqual(one)
      }),
      { numRuns: 1_000 },
    )
  })

  it('names what is wrong, and leaves other commands alone', () => {
    const parse = (line: string) => () => parseFault(line.split(' '), nodeName)
    expect(parse('view a')()).toBeUndefined()
    expect(parse('cut a')).toThrow('"cut" needs two sides')
    expect(parse('cut a > b > c')).toThrow('two sides')
    expect(parse('refuse a b > c')).toThrow('"a > b"')
    expect(parse('crash')).toThrow('one node')
    expect(parse('crash a b')).toThrow('one node')
    expect(parse('isolate a sideways')).toThrow('only one way')
    expect(parse('loss 120%')).toThrow('a probability')
    expect(parse('loss')).toThrow('a probability')
    expect(parse('slow fast')).toThrow('above 0')
    expect(parse('jump a soon')).toThrow('a duration')
    expect(parse('loss 5%')()).toEqual({ kind: 'loss', probability: 0.05 })
    expect(['1.5s', '2m', '7', '-3ms', 'x', ''].map(parseDuration)).toEqual([
      1_500,
      120_000,
      7,
      -3,
      undefined,
      undefined,
    ])
  })

  it('prints a recording as a script', () => {
    const [a, b] = ['a', 'b'].map(nodeName) as [ReturnType<typeof nodeName>, ReturnType<typeof nodeName>]
    const faults = [{ atMs: 10, forMs: 500, fault: { kind: 'cut', from: [a], to: [b] } }] as const
    expect(recordingText({ seed: 7, untilMs: 300, nodes: [a, b], faults })).toBe(
      '# seed 7\nat 10ms cut a > b for 290ms\nat 300ms heal all',
    )
  })
})
