import { deepEqual, equal, ok } from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { address } from '@ring/platform'
import type { Answer } from '../core/answer.ts'
import type { DiscoveryQuery } from '../discovery.ts'
import type { ComplianceMedium, ComplianceOptions } from './compliance-options.ts'
import { Participant, type ParticipantOptions } from './participant.ts'

/** How far beyond its time-out a run may end. */
const graceMs = 500
/** Nodes find each other within so many runs and so long, whichever is later: a busy machine has fewer runs in its time. */
const convergedRuns = 25
const convergedMs = 8000

/** The nodes of one test. */
class Scene {
  /** No other test has a group of this name. */
  readonly group = `compliance-${randomUUID()}`
  readonly medium: ComplianceMedium
  readonly #options: ComplianceOptions
  readonly #all: Participant[] = []

  constructor(medium: ComplianceMedium, options: ComplianceOptions) {
    this.medium = medium
    this.#options = options
  }

  get timeoutMs(): number {
    return this.#options.timeoutMs ?? 1500
  }

  async start(name: string, options: Partial<ParticipantOptions> = {}): Promise<Participant> {
    const participant = await Participant.start({ group: this.group, ...options, name }, this.medium)
    this.#all.push(participant)
    return participant
  }

  query(firstMemberIsEnough = false): DiscoveryQuery {
    const addresses = this.#options.needsList ? this.#all.map((one) => address(one.address)) : []
    return { addresses, timeoutMs: this.timeoutMs, firstMemberIsEnough }
  }

  /** Looks around until it has found all of these: one run may miss somebody, several may not. */
  async finds(who: Participant, names: readonly string[]): Promise<readonly Answer[]> {
    const untilMs = performance.now() + convergedMs
    let answers = await who.find(this.query())
    for (let runs = 1; !hasAll(answers, names) && (runs < convergedRuns || performance.now() < untilMs); runs++) {
      await pause(50)
      answers = await who.find(this.query())
    }
    deepEqual(namesOf(answers), [...names].sort(), `${who.name} found others than expected`)
    return answers
  }

  async end(): Promise<void> {
    for (const participant of this.#all) participant.stop()
    await this.medium.stop?.()
  }
}

type Test = (scene: Scene) => Promise<void>

/** Every test by its title, each with a medium of its own. */
export function suiteOf(options: ComplianceOptions): Readonly<Record<string, () => Promise<void>>> {
  const tests = { ...finding, ...ending, ...failing, ...(options.restarts && restarting) }
  return Object.fromEntries(
    Object.entries(tests).map(([title, test]) => [
      title,
      async () => {
        const scene = new Scene(await options.setup(), options)
        try {
          await test(scene)
        } finally {
          await scene.end()
        }
      },
    ]),
  )
}

const finding: Readonly<Record<string, Test>> = {
  'finds a member that was there before, and what it says of its group': async (scene) => {
    const a = await scene.start('a:1', { incarnation: 7 })
    a.joinGroupOf(a, 3)
    const b = await scene.start('b:1')
    const [answer] = await scene.finds(b, ['a:1'])
    const { standing } = answer!
    ok(standing.kind === 'member')
    equal(answer!.incarnation, 7)
    equal(answer!.address, a.address)
    deepEqual(standing.coordinator, { name: 'a:1', address: a.address })
    equal(standing.lineage, 'lineage-a:1')
    equal(standing.version, 3)
  },
  'finds a member that came after it': async (scene) => {
    const a = await scene.start('a:1')
    await scene.finds(a, [])
    const b = await scene.start('b:1')
    b.joinGroupOf(b)
    await scene.finds(a, ['b:1'])
  },
  'two newcomers see each other': async (scene) => {
    const [a, b] = [await scene.start('a:1'), await scene.start('b:1')]
    await Promise.all([scene.finds(a, ['b:1']), scene.finds(b, ['a:1'])])
  },
  'a member names another one as coordinator': async (scene) => {
    const [a, b, c] = [await scene.start('a:1'), await scene.start('b:1'), await scene.start('c:1')]
    a.joinGroupOf(a)
    b.joinGroupOf(a)
    const answers = await scene.finds(c, ['a:1', 'b:1'])
    for (const { standing } of answers) ok(standing.kind === 'member' && standing.coordinator.name === 'a:1')
  },
  'does not see another group': async (scene) => {
    const [a, b] = [await scene.start('a:1'), await scene.start('b:1', { group: `other-${scene.group}` })]
    b.joinGroupOf(b)
    deepEqual(namesOf(await a.find(scene.query())), [])
  },
  'does not find who does not answer': async (scene) => {
    const [a, b] = [await scene.start('a:1'), await scene.start('b:1')]
    b.standing = undefined
    deepEqual(namesOf(await a.find(scene.query())), [])
  },
  'a slave, which has no listener, finds members and is not found': async (scene) => {
    const a = await scene.start('a:1')
    a.joinGroupOf(a)
    const slave = await scene.start('s:1', { role: 'slave' })
    slave.standing = undefined
    await scene.finds(slave, ['a:1'])
    deepEqual(namesOf(await a.find(scene.query())), [])
  },
}

const ending: Readonly<Record<string, Test>> = {
  'ends within its time when nobody is there': async (scene) => {
    const a = await scene.start('a:1')
    const boundMs = scene.timeoutMs + graceMs
    const [answers, isOver] = await beforeTimer(a.find(scene.query()), boundMs)
    deepEqual(answers, [])
    ok(isOver, `it took longer than ${boundMs} ms`)
  },
  'says once what it found': async (scene) => {
    const [a, b] = [await scene.start('a:1'), await scene.start('b:1')]
    a.joinGroupOf(a)
    await b.find(scene.query(true))
    await pause(scene.timeoutMs + graceMs)
    equal(b.foundCalls, 1)
  },
  'a new run takes the place of the old one': async (scene) => {
    const [a, b] = [await scene.start('a:1'), await scene.start('b:1')]
    a.joinGroupOf(a)
    let isOldCalled = false
    b.findWith(scene.query(), () => {
      isOldCalled = true
    })
    // A run may be over within the call; then there is nothing to replace.
    const wasOver = isOldCalled
    await scene.finds(b, ['a:1'])
    await pause(scene.timeoutMs + graceMs)
    equal(isOldCalled, wasOver)
  },
  'nothing is found or answered after a stop, which may come twice': async (scene) => {
    const [a, b] = [await scene.start('a:1'), await scene.start('b:1')]
    a.joinGroupOf(a)
    await scene.finds(b, ['a:1'])
    const calls = b.foundCalls
    b.findWith(scene.query(), () => undefined)
    b.stopDiscovery()
    b.stopDiscovery()
    const callsAtStop = b.foundCalls
    ok(callsAtStop - calls <= 1)
    b.findWith(scene.query(), () => undefined)
    deepEqual(namesOf(await a.find(scene.query())), [])
    await pause(scene.timeoutMs + graceMs)
    equal(b.foundCalls, callsAtStop)
  },
  'may be stopped before it looked around': async (scene) => {
    const a = await scene.start('a:1')
    a.stopDiscovery()
    equal(a.foundCalls, 0)
  },
}

const failing: Readonly<Record<string, Test>> = {
  'the entry of a dead member keeps nobody from being found': async (scene) => {
    const dead = await scene.start('a:1')
    dead.joinGroupOf(dead)
    const [b, c] = [await scene.start('b:1'), await scene.start('c:1')]
    b.joinGroupOf(dead)
    await scene.finds(c, ['a:1', 'b:1'])
    dead.kill()
    await scene.finds(c, ['b:1'])
  },
}

const restarting: Readonly<Record<string, Test>> = {
  'finds the others again after the medium was away': async (scene) => {
    const [a, b] = [await scene.start('a:1'), await scene.start('b:1')]
    a.joinGroupOf(a)
    await scene.finds(b, ['a:1'])
    await scene.medium.restart?.()
    const c = await scene.start('c:1')
    await scene.finds(c, ['a:1', 'b:1'])
  },
}

function hasAll(answers: readonly Answer[], names: readonly string[]): boolean {
  return names.every((name) => answers.some((answer) => answer.name === name))
}

function namesOf(answers: readonly Answer[]): readonly string[] {
  return answers.map(({ name }) => name as string).sort()
}

/**
 * What a run gave, and whether it was there before a timer of this length. Timers of one process come in the order in which they
 * are due, however late on a busy machine, so what is told is how long the run waits and not how busy the machine is.
 */
async function beforeTimer<Value>(run: Promise<Value>, ms: number): Promise<readonly [Value, boolean]> {
  let isDue = false
  const timer = setTimeout(() => {
    isDue = true
  }, ms)
  const value = await run
  clearTimeout(timer)
  return [value, !isDue]
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}
