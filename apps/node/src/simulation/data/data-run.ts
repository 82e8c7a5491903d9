import { below, type NodeName, type Random, unit } from '@ring/platform'
import type { World } from '@ring/testkit'
import { BrokenPromiseError } from '../random-run.ts'
import { servers } from '../ring-layout.ts'
import { DataRing, type DataRingOptions } from './data-ring.ts'

const settledWithinMs = 90_000
const usualTroubleMs = 40_000
/** The longest call, and its answers. */
const callsEndMs = 6_000

export interface DataRunResult {
  readonly written: number
  readonly failed: number
  /** Merges that were committed, and others, as far as the records of the end name them. */
  readonly settledMs: number
}

/** What a seed does beside the load. */
export interface DataRunOptions extends DataRingOptions {
  readonly troubleMs?: number
  /** Nobody dies, stands still or is cut off: then nothing may fail either. */
  readonly isCalm?: boolean
}

/**
 * One seed: servers whose data moves, written to all the time, with operators and trouble; then nothing that counts may be missing
 * anywhere, and nothing may be stuck. One server dies at a time: as often as REPLICA covers.
 *
 * @throws BrokenPromiseError
 */
export async function runData(world: World, options: DataRunOptions): Promise<DataRunResult> {
  const ring = new DataRing(world, options)
  const until = (isDone: () => boolean, forMs: number) => world.runTurns(isDone, { forMs, everyMs: 50 })
  const broken = (text: string) => new BrokenPromiseError([text])
  const first = servers[0]!
  if (!options.automatic) {
    if (
      !(await until(
        () => (ring.placement?.services?.[first] ? servers.every((name) => ring.placement?.services?.[name]) : false),
        settledWithinMs,
      ))
    )
      throw broken(`liveness: no ring: ${ring.standing}`)
    for (const server of servers) void ring.operate(first, { do: 'service-in', server })
    await until(() => false, 500)
    void ring.operate(first, { do: 'merge' })
    await until(() => false, 500)
    void ring.operate(first, { do: 'complete' })
  }
  const isReady = () => ring.isWhole && ring.isAtRest && ring.writer !== undefined
  if (!(await until(isReady, settledWithinMs))) throw broken(`liveness: no ring: ${ring.standing}`)
  const writer = ring.writer!
  writer.begin()
  const troubleMs = options.troubleMs ?? usualTroubleMs
  const untilMs = world.nowMs + troubleMs
  schedule(world, ring, untilMs, options)
  await until(() => world.nowMs >= untilMs, troubleMs + 1_000)
  if (ring.placement?.suspended) void ring.operate(first, { do: 'resume' })
  let looks = 0
  const isSettled = await until(() => {
    if (looks++ % 20 === 0) press(ring, first)
    return ring.isWhole && ring.isAtRest
  }, settledWithinMs)
  if (!isSettled) throw broken(`liveness: not at rest after the trouble: ${ring.standing}`)
  const settledMs = world.nowMs - untilMs
  writer.isWriting = false
  await until(() => false, callsEndMs)
  const lost = ring.lost(writer.acknowledged)
  if (lost.length > 0) throw new BrokenPromiseError(lost.map((text) => `A10: ${text}`))
  const { written, failed, stale } = writer.counts
  if (stale.length > 0) throw new BrokenPromiseError(stale.map((text) => `A10: ${text}`))
  if (options.isCalm && failed.length > 0)
    throw new BrokenPromiseError(failed.map((text) => `D4: failed in calm: ${text}`))
  return { written, failed: failed.length, settledMs }
}

/** An operator who ends what was begun, and takes up what was aborted. */
function press(ring: DataRing, at: NodeName): void {
  const { merge, services = {} } = ring.placement ?? {}
  if (merge) void ring.operate(at, { do: 'complete' })
  else if (Object.values(services).some(({ is }) => is.endsWith('pending'))) void ring.operate(at, { do: 'merge' })
  else
    for (const server of servers)
      if (services[server]?.is === 'out') void ring.operate(at, { do: 'service-in', server })
}

function schedule(world: World, ring: DataRing, untilMs: number, { isCalm = false }: DataRunOptions): void {
  const random = world.random.fork('operators')
  for (let atMs = world.nowMs + 500; atMs < untilMs - 1_000; atMs += 200 + unit(random) * 3_000) {
    const act = drawn(random, isCalm)
    world.at(atMs, () => act(ring))
  }
}

type Act = (ring: DataRing) => void

function drawn(random: Random, isCalm: boolean): Act {
  const name = servers[below(random, servers.length)]!
  const server = servers[below(random, servers.length)]!
  const awayMs = 50 + unit(random) * 6_000
  const operate =
    (wanted: Parameters<DataRing['operate']>[1]): Act =>
    (ring) =>
      void ring.operate(name, wanted)
  switch (below(random, isCalm ? 8 : 13)) {
    case 0:
    case 1:
      return operate({ do: 'service-out', server })
    case 2:
    case 3:
      return operate({ do: 'service-in', server })
    case 4:
      return operate({ do: 'merge' })
    case 5:
      return operate({ do: 'complete' })
    case 6:
      return operate({ do: 'abort' })
    case 7:
      return operate({ do: unit(random) < 0.5 ? 'suspend' : 'resume' })
    case 8:
      return (ring) => ring.isCovered && ring.endProgram(server, awayMs)
    case 9:
      return (ring) => ring.isCovered && ring.leave(server, awayMs)
    default:
      return (ring) => ring.isCovered && ring.crash(server, awayMs)
  }
}
