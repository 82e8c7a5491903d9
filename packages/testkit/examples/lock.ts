import { nodeName } from '@ring/platform'
import { FaultPlan, type NodeEnvironment, recordingText, runSeeds, SeedFailure } from '@ring/testkit'

const server = nodeName('server')
const lentMs = 1_000
const noMatter = { onLinkUp: () => undefined, onLinkDown: () => undefined }
const giveBack = new Uint8Array(0)

/** Lends one lock to one client at a time. A client asks with the time of its clock, which comes back with the lock. */
function lockServer({ clock, network: attach }: NodeEnvironment): object {
  let [borrower, freeAtMs] = ['', clock.monotonicMs() + lentMs] // an earlier life may have lent it just now
  const network = attach({
    ...noMatter,
    onMessage: ({ name }, word) => {
      const nowMs = clock.monotonicMs()
      if (word.length === giveBack.length && name === borrower) freeAtMs = nowMs
      if (word.length === giveBack.length || nowMs < freeAtMs) return
      ;[borrower, freeAtMs] = [name, nowMs + lentMs]
      network.send(name, word)
    },
  })
  return {}
}

/** Borrows the lock, uses it ten times, gives it back. A careful client asks its clock before each use. */
function lockClient(
  { name, clock, network: attach }: NodeEnvironment,
  isCareful: boolean,
  use: (loan: string) => void,
) {
  let [askedMs, usesLeft] = [0, 0]
  const onMessage = (_from: object, word: Uint8Array): void => {
    ;[askedMs, usesLeft] = [new DataView(word.slice().buffer).getFloat64(0, true), 10]
  }
  const network = attach({ ...noMatter, onMessage })
  const tick = (): void => {
    const nowMs = clock.monotonicMs()
    if (isCareful && nowMs > askedMs + 0.9 * lentMs) usesLeft = 0 // a tenth is for clocks that drift
    if (usesLeft === 0) network.send(server, new Uint8Array(Float64Array.of(nowMs).buffer))
    else use(`${name} since ${askedMs.toFixed(0)} ms`)
    if (usesLeft > 0 && --usesLeft === 0) network.send(server, giveBack)
    clock.after(50, tick)
  }
  tick()
  return { resumed: () => (usesLeft = isCareful ? 0 : usesLeft) } // a machine that slept has a clock that slept
}

/** The test: a hundred worlds full of trouble, in which nobody may go on after somebody else has begun. */
export function testLock(isCareful: boolean): number {
  const seeds = Array.from({ length: 100 }, (_, at) => at + 1)
  const passed = runSeeds({
    name: 'lock service',
    seeds,
    shrink: true,
    scenario: (world) => {
      const loans: string[] = []
      const use = (loan: string): void => {
        if (loan !== loans.at(-1) && loans.includes(loan)) throw new Error(`${loan} goes on after ${loans.at(-1)}`)
        loans.push(loan)
      }
      world.addNode(server, lockServer)
      for (const name of ['a', 'b', 'c']) world.addNode(nodeName(name), (node) => lockClient(node, isCareful, use))
      const nodes = world.nodes.map(({ name }) => name)
      const plan = new FaultPlan(world, { nodes, durationMs: 20_000 }).schedule()
      world.run(plan.quietAtMs)
      const usedBefore = loans.length
      if (!world.run(() => loans.length > usedBefore + 50, { forMs: 5_000 })) throw new Error('the lock is stuck')
    },
  })
  return passed.length
}

console.log(testLock(true)) // 100
try {
  testLock(false)
} catch (failure) {
  if (!(failure instanceof SeedFailure)) throw failure
  const [seed, ...faults] = failure.recordings.flatMap((recording) => recordingText(recording).split('\n'))
  console.log(seed) // # seed 2
  console.log(faults.join('; ')) // at 3968ms pause a for 248ms; at 4191ms suspend c for 703ms; at 4894ms heal all
}
