import { below } from '@ring/platform'
import { FaultPlan, runSeeds, seedsFrom, type World } from '@ring/testkit'
import { describe, it } from 'vitest'
import { checkRecords, checkViews } from './checks.ts'
import { quorums } from './settled-group.ts'
import { SimulatedGroup } from './simulated-group.ts'

/** What users and operators ask for in between: of anybody, about anybody. */
function wishing(world: World, group: SimulatedGroup, forMs: number): void {
  const random = world.random.fork('wishes')
  const any = () => group.servers[below(random, group.servers.length)]!
  for (let count = 0; count < 25; count++) {
    world.at(below(random, forMs), () => {
      const [asked, about] = [any(), any()]
      if (!asked.isUp || asked.isPaused) return
      const { membership } = asked.process!
      const kind = below(random, 5)
      world.note(`wish ${kind} of ${asked.name} about ${about.name}`)
      if (kind === 0) membership.expel(about.name)
      if (kind === 1) membership.expel(about.name, { kind: 'for', ms: below(random, 3_000) })
      if (kind === 2) membership.report(about.name)
      if (kind === 3) membership.describe({ weight: 1 + below(random, 9) })
      if (kind === 4) membership.admit(about.name)
    })
  }
}

/** Who is still kept out, in words; `undefined` when nobody is. */
function whoIsBarred(group: SimulatedGroup): string | undefined {
  const record = group.running.find(({ membership }) => membership.record)?.membership.record
  if (!record) return 'no view'
  const { barred, paroles = [] } = record.view
  if (paroles.length > barred.length) return `more paroles than bars: ${JSON.stringify({ barred, paroles })}`
  return barred.length > 0 ? `still barred: ${JSON.stringify({ barred, paroles })}` : undefined
}

describe('B3, B4, M8: wishes among any other trouble', () => {
  it.each(quorums)('one view in the end, and who is admitted is in it (QUORUM = %s)', (quorum) => {
    runSeeds({
      name: `wishes, QUORUM = ${quorum}`,
      seeds: seedsFrom(process.env, 20),
      twice: false,
      scenario: (world) => {
        const four = new SimulatedGroup(world, { servers: 4, slaves: 1, quorum })
        const [records, versions] = [new Map<number, string>(), new Map<string, string>()]
        four.onEachView(() => (quorum === 'none' ? checkViews(four, versions) : checkRecords(four, records)))
        const nodes = world.nodes.map(({ name }) => name)
        const plan = new FaultPlan(world, { nodes, durationMs: 20_000 }).schedule()
        wishing(world, four, 19_000)
        world.run(plan.quietAtMs)
        // Wall clocks may be an hour apart by now, and a bar with a time ends by the coordinator's.
        for (let delayMs = 0; delayMs < 20_000; delayMs += 2_000)
          world.after(delayMs, () => {
            for (const { name } of four.servers) for (const one of four.running) one.membership.admit(name)
          })
        const isOver = () => four.agrees && whoIsBarred(four) === undefined
        if (!world.run(isOver, { forMs: 60_000, everyMs: 20 }))
          throw new Error(`${four.running.map(({ names }) => `[${names}]`).join(' ')} ${whoIsBarred(four) ?? ''}`)
      },
    })
  })
})
