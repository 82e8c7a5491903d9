import { describe, expect, it } from 'vitest'
import type { ProgramRouting } from '../program-routing.ts'
import { ServerNames, stampOf } from './server-names.ts'

const routing = (version: number, ...names: string[]): ProgramRouting => ({
  ...{ version, epoch: version, mode: 'hash', strategy: 'ring', partitions: 0 },
  changedAt: new Float64Array(0),
  servers: names.map((name) => ({ name, up: true })),
})

describe('ServerNames', () => {
  it('A3: an index counts in the routing that the answer names, as long as a fan-out is out', () => {
    const names = new ServerNames()
    const before = 0x1_2345_6789_ab
    names.learn(routing(before, 'a', 'b'))
    names.fanOutBegins()
    names.learn(routing(before + 1, 'b'))
    expect(names.of(stampOf(before), 1)).toBe('b')
    expect(names.of(stampOf(before + 1), 1)).toBeUndefined()
    names.fanOutEnds()
    names.learn(routing(before + 2, 'c'))
    expect(names.of(stampOf(before), 0)).toBeUndefined()
    expect(names.of(stampOf(before + 2), 0)).toBe('c')
    expect(names.of(stampOf(before + 2), -1)).toBeUndefined()
  })

  it('A3: a node of version 0.3.0 names no routing: its present one is meant', () => {
    const names = new ServerNames()
    names.learn(routing(1, 'a', 'b'))
    names.fanOutBegins()
    names.learn(routing(2, 'b', 'a'))
    expect(names.of(0, 0)).toBe('b')
  })

  it('A3: a life that is over takes no name from what was asked before: its version comes again, without servers', () => {
    const names = new ServerNames()
    names.learn(routing(7, 'a', 'b'))
    names.fanOutBegins()
    names.learn(routing(7))
    expect([names.of(7, 0), names.of(7, 1)]).toEqual(['a', 'b'])
  })

  it('A3: what is kept is bounded', () => {
    const names = new ServerNames()
    names.fanOutBegins()
    for (let version = 1; version <= 1_000; version++) names.learn(routing(version, `s${version}`))
    expect(names.of(1, 0)).toBeUndefined()
    expect(names.of(1_000, 0)).toBe('s1000')
  })
})
