import type { GroupRecord } from '@ring/gms'
import type { NodeName } from '@ring/platform'
import { isQuorumOf } from '@ring/register'
import type { World } from '@ring/testkit'
import type { Call, CallBook, Start } from '../call-book.ts'
import { servers } from '../ring-layout.ts'

const lookEveryMs = 50
const detectMs = 3_000
/** What was handed to a program starts on the node's last word, and it takes its way there. */
const wordMs = 1_500
const slackMs = 200

/**
 * K4: with `QUORUM = majority` a server that has had no quorum of its voters in reach for the detection time serves nothing.
 * In reach was who ran, and between whom and it the world let something through both ways: a server that heard less than it could
 * may serve less than this allows, and never more.
 */
export class QuorumCheck {
  readonly #world: World
  readonly #book: CallBook
  readonly #records = new Map<NodeName, GroupRecord>()
  /** When each node had each server in reach last. */
  readonly #reachedMs = new Map<string, number>()

  constructor(world: World, book: CallBook) {
    this.#world = world
    this.#book = book
    world.always(() => this.look(), { everyMs: lookEveryMs })
  }

  onRecord(name: NodeName, record: GroupRecord): void {
    this.#records.set(name, record)
  }

  onStart(call: Call, { server }: Start): void {
    const voters = this.#records.get(server)?.voters ?? []
    const sinceMs = this.#world.nowMs - detectMs - wordMs - slackMs
    const wasThere = (voter: NodeName) => (this.#reachedMs.get(`${server} ${voter}`) ?? 0) >= sinceMs
    if (isQuorumOf(voters, ({ name }) => name === server || wasThere(name))) return
    const missing = voters.map(({ name }) => name).filter((name) => name !== server && !wasThere(name))
    const text = `${this.#book.word(call)} started at ${server}, which has not had ${missing.join(' ')} of ${voters.map(({ name }) => name).join(' ')} in reach since ${Math.round(sinceMs)} ms`
    this.#book.violated('K4', text)
  }

  /** Who is in reach of whom; to be called when somebody goes on for what may be a moment, too. */
  look(): void {
    const { network, nowMs } = this.#world
    for (const name of servers) {
      for (const other of servers) {
        const { connectivity } = network
        const isHeard = connectivity.reaches(other, name) && connectivity.reaches(name, other)
        const isThere = this.#world.node(other).life.isRunning && isHeard
        if (isThere) this.#reachedMs.set(`${name} ${other}`, nowMs)
      }
    }
  }
}
