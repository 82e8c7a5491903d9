import {
  checkPrimaries,
  checkRecords,
  checkViews,
  type SimulatedGroup,
  type SimulatedMember,
} from '@ring/gms/simulation'
import { Completion, type SimulatedNode, ViewAgreement } from '@ring/testkit'
import type { Quorum } from './subject.ts'

/** How often what is looked at now and then is looked at. */
const lookMs = 20
/** A leaver gives up after 2 s; the rest is for timers that lie between. */
const leaveWithinMs = 2_500

/** What membership promises, checked while a world runs. Each check fails by throwing. */
export class Promises {
  readonly #group: SimulatedGroup
  readonly #agreement = new ViewAgreement()
  readonly #leaves = new Completion({ withinMs: leaveWithinMs })
  readonly #joins: Completion

  /** @param quietMs when the trouble ends, from which on every join has to come to its end */
  constructor(group: SimulatedGroup, quorum: Quorum, quietMs: number, joinWithinMs: number) {
    this.#group = group
    this.#joins = new Completion({ withinMs: joinWithinMs, fromMs: quietMs })
    const [records, versions] = [new Map<number, string>(), new Map<string, string>()]
    group.onEachView(() => {
      if (quorum === 'none') checkViews(group, versions)
      else checkRecords(group, records)
      this.#observeViews()
    })
    if (quorum === 'majority') group.world.always(() => checkPrimaries(group), { everyMs: lookMs })
    const waiting = new Set<string>()
    group.world.always(() => this.#lookAtJoins(waiting), { everyMs: lookMs })
  }

  /** How many different views there were. */
  get views(): number {
    return this.#agreement.count
  }

  get leaves(): number {
    return this.#leaves.count
  }

  /** A running member is asked to leave; `left` is called when it has. */
  leave(node: SimulatedNode<SimulatedMember>, left: () => void): void {
    const { world } = this.#group
    const { life, process } = node
    const what = `leave of ${node.name} #${life.number}`
    this.#leaves.began(world.nowMs, what)
    const watch = (): void => {
      // Who is gone or sleeps is not owed an end in time, but who sleeps has one some day.
      if (!life.isRunning) this.#leaves.abandoned(what)
      if (!life.isAlive) return
      if (node.isPaused || !process!.left) {
        this.#leaves.check(world.nowMs)
        world.after(lookMs, watch)
        return
      }
      if (this.#leaves.open.includes(what)) this.#leaves.ended(world.nowMs, what)
      left()
    }
    process!.leave()
    world.after(lookMs, watch)
  }

  #observeViews(): void {
    for (const { name, process } of [...this.#group.servers, ...this.#group.slaves]) {
      const record = process?.views.at(-1)
      if (record === undefined) continue
      const { lineage, version, view, state } = record
      const members = view.members.map(({ name, incarnation }) => `${name} ${incarnation}`)
      const observer = `${name} ${process!.membership.incarnation}`
      const names = view.members.map((member) => member.name).join(' ')
      const said = (state as { readonly names?: unknown }).names
      if (said !== names)
        throw new Error(`M1: view ${version} of ${names} with the state of ${String(said)}, at ${name}`)
      if (members.length > 0) this.#agreement.observe(observer, { lineage, version, members, coordinator: members[0]! })
    }
  }

  #lookAtJoins(waiting: Set<string>): void {
    const { servers, slaves, world } = this.#group
    for (const node of [...servers, ...slaves]) {
      const what = `join of ${node.name} #${node.life.number}`
      const isIn = node.process?.membership.record !== undefined
      if (node.isUp && !isIn && !waiting.has(what)) {
        waiting.add(what)
        this.#joins.began(world.nowMs, what)
      } else if ((isIn || !node.isUp) && waiting.delete(what)) {
        if (isIn) this.#joins.ended(world.nowMs, what)
        else this.#joins.abandoned(what)
      }
    }
    this.#joins.check(world.nowMs)
  }
}
