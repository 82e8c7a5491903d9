import { below, unit } from '@ring/platform'
import type { World } from '@ring/testkit'
import { checkOrder } from './checks/order.ts'
import { NodeRing, type NodeRingOptions } from './node-ring.ts'
import { keys, servers } from './ring-layout.ts'
import { Trouble } from './trouble.ts'

const usualTroubleMs = 30_000
/** Once the world is healed. */
const settledWithinMs = 90_000
/** The longest deadline, and what a call may take longer. */
const callsEndMs = 6_000
const meanLeaveMs = 12_000

/** What a run came to. */
export interface RunResult {
  readonly calls: number
  readonly starts: number
  /** How long after the trouble all were one ring again; undefined where too many disks were lost for that. */
  readonly settledMs: number | undefined
  /** Calls by how they ended. */
  readonly ends: Readonly<Record<string, number>>
}

/** A promise was broken. */
export class BrokenPromiseError extends Error {
  constructor(violations: readonly string[]) {
    super(violations.slice(0, 5).join('\n'))
    this.name = 'BrokenPromiseError'
  }
}

/**
 * One seed: a ring comes together, is asked all the time, meets trouble, and is healed.
 *
 * @throws BrokenPromiseError
 */
export async function runNodes(
  world: World,
  seed: number,
  options: NodeRingOptions,
  troubleMs = usualTroubleMs,
): Promise<RunResult> {
  const ring = new NodeRing(world, options)
  const { book } = ring
  const throwIfBroken = () => {
    if (book.violations.length > 0) throw new BrokenPromiseError(book.violations)
  }
  const until = async (isDone: () => boolean, forMs: number): Promise<boolean> => {
    const isBroken = () => book.violations.length > 0
    const held = await world.runTurns(() => isBroken() || isDone(), { forMs, everyMs: 50 })
    throwIfBroken()
    return held
  }
  if (!(await until(() => ring.agrees, settledWithinMs))) throw new BrokenPromiseError([`no ring: ${ring.differences}`])
  ring.ask()
  const trouble = new Trouble(world, seed, troubleMs)
  ring.troubled(trouble)
  scheduleLeaves(world, ring, trouble.untilMs)
  await until(() => world.nowMs >= trouble.untilMs, troubleMs + 1_000)
  const isSettled = await until(() => ring.agrees, settledWithinMs)
  if (!isSettled && !ring.isLost) book.violated('liveness', `not one ring after the trouble: ${ring.differences}`)
  throwIfBroken()
  const settledMs = isSettled ? world.nowMs - trouble.untilMs : undefined
  await until(() => false, callsEndMs)
  ring.stopAsking()
  // What the trouble has left behind may have come only now.
  if (isSettled && !(await until(() => ring.agrees, settledWithinMs)))
    throw new BrokenPromiseError([`liveness: no ring any more: ${ring.differences}`])
  const probes = isSettled ? ring.livingClients.flatMap((client) => keys.map((key) => client.probe(key))) : []
  await until(() => false, callsEndMs)
  for (const probe of probes) {
    if (probe.end?.outcome !== 'answered' && probe.end?.outcome !== 'failed')
      book.violated('liveness', `${book.word(probe)}, after the trouble`)
  }
  checkEnd(ring)
  if (isSettled) for (const text of ring.leftovers) book.violated('leak', text)
  throwIfBroken()
  return { calls: book.calls.length, starts: book.starts, settledMs, ends: endsOf(ring) }
}

/** Now and then a server leaves in order. */
function scheduleLeaves(world: World, ring: NodeRing, untilMs: number): void {
  const random = world.random.fork('leaves')
  const next = (atMs: number) => atMs - Math.log(1 - unit(random)) * meanLeaveMs
  for (let atMs = next(world.nowMs); atMs < untilMs - 3_000; atMs = next(atMs)) {
    const name = servers[below(random, servers.length)]!
    const awayMs = 100 + unit(random) * 3_000
    world.at(atMs, () => ring.leave(name, awayMs))
  }
}

/** K1: every call of a program that lives has ended, posts are counted truly; K2. */
function checkEnd(ring: NodeRing): void {
  const { book } = ring
  const living = new Set(ring.livingClients.map(({ place }) => place.origin))
  for (const call of book.calls) {
    if (call.kind !== 'post' && !call.end && living.has(call.origin))
      book.violated('K1', `${book.word(call)} never ended`)
  }
  for (const client of ring.livingClients) {
    const { taken, handled, failed, notDelivered, maybeDelivered } = client.program.counters.posts
    const ran = client.posts.filter(({ starts }) => starts.length > 0).length
    const isWhole = taken === client.posts.length && taken === handled + failed + notDelivered + maybeDelivered
    if (!isWhole || ran < handled + failed || ran > taken - notDelivered)
      book.violated(
        'K1',
        `posts of ${client.place.origin}: ${ran} ran, ${JSON.stringify(client.program.counters.posts)}`,
      )
  }
  checkOrder(book, ring.programChanges)
}

function endsOf({ book }: NodeRing): Readonly<Record<string, number>> {
  const ends: Record<string, number> = {}
  for (const { end, kind } of book.calls) {
    const how = end ? `${end.outcome} ${end.code}`.trim() : kind === 'post' ? 'posted' : 'its program ended'
    ends[how] = (ends[how] ?? 0) + 1
  }
  return ends
}
