import { type NodeName, nodeName, unit } from '@ring/platform'
import { describe, expect, it } from 'vitest'
import {
  allFaultKinds,
  FaultPlan,
  type NodeEnvironment,
  type Recording,
  recordingText,
  runScript,
  runSeeds,
  SeedFailure,
  shrink,
  type TimedFault,
  World,
} from './index.ts'

const names = ['a', 'b', 'c', 'd'].map(nodeName)

/** Sends, writes and sets timers, at random times. */
function busy(environment: NodeEnvironment): object {
  const network = environment.network({
    onMessage: ({ name }, bytes) => {
      environment.trace(`heard ${bytes.length} from ${name} at ${environment.clock.monotonicMs()}`)
    },
    onLinkUp: () => undefined,
    onLinkDown: ({ name }) => {
      environment.trace(`lost ${name}`)
    },
  })
  const tick = (): void => {
    network.send(names[Math.floor(unit(environment.random) * names.length)]!, new Uint8Array(50))
    environment.disk.replace('x', new Uint8Array(4), () => undefined)
    environment.clock.after(20 * unit(environment.random), tick)
  }
  tick()
  return {}
}

function troubled(seed: number, recordings?: readonly Recording[]): { world: World; plan: FaultPlan } {
  const world = new World({ seed, ...(recordings && { replay: recordings }) })
  for (const name of names) world.addNode(name, busy)
  const kinds = [...allFaultKinds, 'forget'] as const
  const plan = new FaultPlan(world, { nodes: names, durationMs: 4_000, kinds, forgetMax: 1 }).schedule()
  world.run(plan.quietAtMs + 500)
  return { world, plan }
}

describe('a recording', () => {
  it('F2: replayed after a way through JSON gives the same trace, for every kind of fault', () => {
    const seen = new Set<string>()
    for (let seed = 1; seed <= 30; seed++) {
      const { world, plan } = troubled(seed)
      for (const { fault } of plan.recording.faults) seen.add(fault.kind)
      const carried = JSON.parse(JSON.stringify(world.recordings)) as Recording[]
      expect(troubled(seed, carried).world.traceHash()).toBe(world.traceHash())
      const other = { ...carried[0]!, faults: [] }
      if (carried[0]!.faults.length > 2) expect(troubled(seed, [other]).world.traceHash()).not.toBe(world.traceHash())
    }
    expect(seen.size).toBe(14)
  })

  it('F2: ends in a healed world, clocks and bandwidth included', () => {
    for (let seed = 1; seed <= 30; seed++) {
      const { world } = troubled(seed)
      const { connectivity, options } = world.network
      expect(options).toEqual(new World({ seed }).network.options)
      for (const node of world.nodes) {
        expect([node.isUp, node.isPaused, node.clock.rate, node.disk.options.writeFailure]).toEqual([true, false, 1, 0])
        for (const to of names) expect(connectivity.reaches(node.name, to)).toBe(true)
      }
    }
  })

  it('F2: swizzling cuts nodes off one by one, and lets them back in another order', () => {
    const world = new World({ seed: 1 })
    for (const name of names) world.addNode(name, busy)
    const kinds = Array.from({ length: 6 }, () => 'swizzle' as const)
    const { recording } = new FaultPlan(world, { nodes: names, durationMs: 60_000, kinds })
    const isolations = recording.faults.filter(({ fault }) => fault.kind === 'isolate')
    expect(isolations.length).toBeGreaterThan(5)
    const inOrder = (list: readonly TimedFault[], ms: (one: TimedFault) => number) =>
      list.every((one, at) => at === 0 || ms(one) >= ms(list[at - 1]!))
    expect(inOrder(isolations, ({ atMs, forMs }) => atMs + forMs)).toBe(false)
  })
})

const crash = (node: NodeName, atMs: number, forMs = 1_000): TimedFault => ({
  atMs,
  forMs,
  fault: { kind: 'crash', node },
})

describe('shrink', () => {
  const [a, b] = names as [NodeName, NodeName]
  const noise = Array.from({ length: 40 }, (_, at) => crash(names[at % 4]!, at * 100 + 0.123, 70))
  const wanted = [crash(a, 555.5, 3_000.7), crash(b, 1_777.7, 2_000.3)]
  const recording: Recording = { seed: 1, untilMs: 9_000, nodes: names, faults: [...noise, ...wanted] }

  it('F2: finds the two faults that matter, shortens them as far as they may, and rounds their times', () => {
    const fails = ({ faults }: Recording): boolean => {
      const of = (node: NodeName, leastMs: number) =>
        faults.find(({ fault, forMs }) => fault.kind === 'crash' && fault.node === node && forMs >= leastMs)
      return of(a, 700) !== undefined && of(b, 500) !== undefined
    }
    const shrunk = shrink(recording, fails)
    expect(shrunk.isMinimal).toBe(true)
    expect(shrunk.tries).toBeLessThan(120)
    expect(recordingText(shrunk.recording)).toBe(
      '# seed 1\nat 556ms crash a for 750ms\nat 1778ms crash b for 500ms\nat 2278ms heal all',
    )
  })

  it('says when it ran out of tries, with the best so far', () => {
    const fails = ({ faults }: Recording): boolean => faults.length >= 5
    const shrunk = shrink(recording, fails, { triesMax: 3 })
    expect(shrunk).toMatchObject({ tries: 3, isMinimal: false })
    expect(shrunk.recording.faults.length).toBeLessThan(recording.faults.length)
    expect(shrink(recording, fails).recording.faults).toHaveLength(5)
  })
})

describe('runSeeds with shrink', () => {
  /** A process that cannot bear that it is paused for longer than 400 ms while it hears nothing of b. */
  const scenario = (world: World): void => {
    for (const name of names) {
      world.addNode(name, () => ({
        resumed: (gapMs: number) => {
          if (name === 'a' && gapMs > 400 && !world.network.connectivity.reaches(names[1]!, names[0]!))
            throw new Error(`a was away for too long`)
        },
      }))
    }
    const plan = new FaultPlan(world, { nodes: names, durationMs: 30_000, kinds: allFaultKinds }).schedule()
    world.run(plan.quietAtMs + 1)
  }
  const failure = (): SeedFailure => {
    try {
      runSeeds({ name: 'away', seeds: Array.from({ length: 50 }, (_, at) => at + 1), scenario, shrink: true })
    } catch (error) {
      if (error instanceof SeedFailure) return error
      throw error
    }
    throw new Error('no seed failed')
  }

  it('F2: adds the least plan to the message, as a script that fails when it is run', () => {
    const failed = failure()
    const [recording] = failed.recordings
    const kinds = recording!.faults.map(({ fault }) => fault.kind)
    expect(kinds).toContain('pause')
    expect(kinds).toHaveLength(2)
    const script = recordingText(recording!)
    expect(failed.message).toContain(`the least trouble that still fails:\n${script}`)
    const world = new World({ seed: failed.seed })
    const start = names.map((name) => `start ${name}`).join('\n')
    const run = (text: string) => () => {
      runScript(`${start}\n${text}`, {}, world, {
        start: (environment) => ({
          resumed: (gapMs: number) => {
            if (environment.name === 'a' && gapMs > 400 && !world.network.connectivity.reaches(names[1]!, names[0]!))
              throw new Error('a was away for too long')
          },
        }),
      })
    }
    expect(run(script)).toThrow('a was away for too long')
  })
})
