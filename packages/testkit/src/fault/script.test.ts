import { type Network, nodeName, RingError } from '@ring/platform'
import { describe, expect, it } from 'vitest'
import {
  type NodeEnvironment,
  runScript,
  type ScriptCommand,
  ScriptError,
  type ScriptOptions,
  World,
} from '../index.ts'

/** Counts what it hears, and says who is linked to it. */
class Listener {
  readonly linked = new Set<string>()
  heard = 0
  readonly network: Network

  constructor(environment: NodeEnvironment) {
    this.network = environment.network({
      onMessage: () => this.heard++,
      onLinkUp: ({ name }) => this.linked.add(name),
      onLinkDown: ({ name }) => this.linked.delete(name),
    })
  }
}

const commands: Record<string, ScriptCommand> = {
  send: ({ process, names }) => {
    ;(process(0) as Listener).network.send(names[1]!, new Uint8Array(1))
    return undefined
  },
  heard: ({ process }) => String((process(0) as Listener).heard),
  linked: ({ process }) => [...(process(0) as Listener).linked].sort(),
}

function run(text: string, options: Partial<ScriptOptions> = {}): World {
  const world = new World({ seed: 1 })
  runScript(text, commands, world, { file: 'story.txt', start: (environment) => new Listener(environment), ...options })
  return world
}

describe('runScript', () => {
  it('F2: tells a story: faults, waiting, own commands, expected output', () => {
    const lines: string[] = []
    const world = run(
      `
      # Two talk, one is cut off.
      start a b c
      send a b
      wait 100ms
      heard b => 1
      cut a | b c for 5s
      send a b
      linked b within 4s =>
      heard b => 1
      wait 3s
      send a b
      send c b
      heard b within 1s => 3
      linked b
        => a
        => c
      crash c
      linked b within 1s => a
      restart c
      at 20s pause a
      after 1s note the end is near
    `,
      { print: (line) => lines.push(line) },
    )
    expect(world.nowMs).toBe(20_000)
    expect(world.node(nodeName('a')).isPaused).toBe(true)
    expect(lines.slice(0, 5)).toEqual([
      '       0 ms  start a b c',
      '       0 ms  send a b',
      '       0 ms  wait 100ms',
      '     100 ms  heard b => 1',
      '             => 1',
    ])
    expect(lines.at(-1)).toBe('   20000 ms  at 20s pause a')
  })

  it('F2: names file and line of what came out otherwise, and of what cannot be understood', () => {
    const failing = (text: string, options?: Partial<ScriptOptions>) => () => run(text, options)
    expect(failing('start a\n\nheard a => 3')).toThrow(
      'story.txt:3: "heard a => 3"\n  expected 3\n  but got  0 (at 0 ms of the world)',
    )
    expect(failing('start a b\nheard a within 1s => 3')).toThrow('(at 1000 ms of the world)')
    expect(failing('start a\nlinked a =>\n => b')).toThrow('expected b\n  but got  nothing')
    expect(failing('start a\njump up')).toThrow('story.txt:2: "jump" needs a node and a duration')
    expect(failing('dance')).toThrow('story.txt:1: there is no command "dance"')
    expect(failing('heard z')).toThrow('has no node "z"')
    expect(failing('start a\ncrash a\nheard a')).toThrow('story.txt:3: "a" is not running')
    expect(failing('at noon crash a')).toThrow('"at" needs a duration')
    expect(failing('=> 1')).toThrow('without a command')
    expect(failing('at 5s')).toThrow('has no command')
    expect(failing('start a for 5s')).toThrow('only a fault can have "for"')
    expect(failing('at 1s wait 5s')).toThrow('time cannot be made to pass')
    expect(failing('wait long')).toThrow('needs a duration')
    expect(failing('settle')).toThrow('needs the option')
    expect(failing('start a', { start: undefined as never })).toThrow('add it')
    expect(failing('at 3s crash z\nwait 5s')).toThrow('story.txt:1: the world has no node "z"')
    expect(failing('dance')).toThrow(ScriptError)
    expect(failing('dance')).toThrow(RingError)
  })

  it('F2: settles, or says why not', () => {
    const world = new World({ seed: 1 })
    const options: ScriptOptions = { isSettled: () => world.nowMs >= 3_000, why: () => 'it is early' }
    world.after(3_000, () => undefined)
    runScript('settle within 4s', {}, world, options)
    expect(world.nowMs).toBe(3_000)
    expect(() => {
      runScript('settle within 1s', {}, world, { isSettled: () => false, why: () => 'it is early' })
    }).toThrow('script:1: not settled within 1000 ms: it is early')
  })

  it('ends faults by hand, and finds nodes by their short names', () => {
    const world = new World({ seed: 1 })
    const [a, b] = ['a:1', 'b:1'].map(nodeName) as [ReturnType<typeof nodeName>, ReturnType<typeof nodeName>]
    const { connectivity } = world.network
    const script = (text: string): void => {
      runScript(text, {}, world, { start: () => ({}), nameOf: (word) => nodeName(`${word}:1`) })
    }
    script('start a b\ncut a > b\nrefuse b > a:1')
    expect([connectivity.reaches(a, b), connectivity.refuses(b, a)]).toEqual([false, true])
    script('mend a > b\nadmit b > a')
    expect([connectivity.reaches(a, b), connectivity.reaches(b, a)]).toEqual([true, true])
    script('isolate a out\nloss 50%\nrate b 1.01\nsuspend b')
    expect([connectivity.reaches(a, b), connectivity.reaches(b, a), world.network.options.loss]).toEqual([
      false,
      true,
      0.5,
    ])
    script('rejoin a\nresume b\nstop a\nstart a')
    expect(connectivity.reaches(a, b)).toBe(true)
    expect(world.nodes.every(({ isUp, isPaused }) => isUp && !isPaused)).toBe(true)
  })

  it('heals the network, or all', () => {
    const world = new World({ seed: 1 })
    const script = 'start a b\nloss 0.5\nnarrow 1000\nslow 3x\nrate a 1.5\nfail-disk b 1\ncrash a\nisolate b'
    runScript(`${script}\nheal`, {}, world, { start: () => ({}) })
    expect(world.network.options).toEqual(new World({ seed: 1 }).network.options)
    expect(world.node(nodeName('a')).isUp).toBe(false)
    const other = new World({ seed: 1 })
    runScript(`${script}\nheal all`, {}, other, { start: () => ({}) })
    expect(other.nodes.map(({ isUp, clock, disk }) => [isUp, clock.rate, disk.options.writeFailure])).toEqual([
      [true, 1, 0],
      [true, 1, 0],
    ])
  })
})
