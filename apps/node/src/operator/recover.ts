import { stat } from 'node:fs/promises'
import { createServer } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { type GroupRecord, recoveredContent, timingOf } from '@ring/gms'
import { placementPart } from '@ring/merge'
import { systemClock } from '@ring/messaging'
import { type Disk, type DiskResult, type NodeName, RingError, randomHex } from '@ring/platform'
import { readStored, recoverStored, type StoredRegister } from '@ring/register'
import { systemRandom } from '@ring/transport'
import { NodeSetupError } from '../errors.ts'
import { placementSettingsOf } from '../parts/placement-settings.ts'
import { lockNode } from '../running/node-lock.ts'
import { StateDirectory } from '../running/state-directory.ts'
import { type NodeOptions, type NodeSettings, readSettings } from '../setup/node-settings.ts'

/** Clocks of machines run apart by less than this part. */
const clockDrift = 0.05

/** What the state directory of a stopped node holds, and what a recovery would give up (rule R8). */
export interface RecoveryOutlook {
  readonly node: NodeName
  readonly group: string
  readonly stateDirectory: string
  /** Of the record that a recovery goes on from. */
  readonly lineage: string
  readonly version: number
  readonly epoch: number
  readonly voters: readonly string[]
  readonly members: readonly string[]
  /** Whether the last version was accepted here, and may not have been agreed on. */
  readonly pending: boolean
  /** Every other voter: what has to be named. */
  readonly givesUp: readonly string[]
  /** Members that do not vote; they join again like the others. */
  readonly leavesOut: readonly string[]
}

export interface Recovered {
  readonly lineage: string
  readonly version: number
  readonly parent: { readonly lineage: string; readonly version: number }
  readonly givenUp: readonly string[]
}

/**
 * A node that is stopped, held by its lock so that it stays stopped: to look at what it has stored, and to make it the
 * only voter of a new lineage where its ring lost the majority for good.
 */
export class StoppedNode {
  readonly #settings: NodeSettings
  readonly #disk: Disk
  readonly #release: () => Promise<void>
  readonly #lockedMs = systemClock.monotonicMs()

  private constructor(settings: NodeSettings, disk: Disk, release: () => Promise<void>) {
    this.#settings = settings
    this.#disk = disk
    this.#release = release
  }

  /**
   * Takes the node's lock; {@link StoppedNode.close} gives it back. The lock of a node that was started with another
   * RUNTIMEDIR is elsewhere, so its port has to be free as well.
   *
   * @throws ConfigurationError, NodeSetupError, NodeRunningError
   */
  static async open(options: NodeOptions): Promise<StoppedNode> {
    const settings = await readSettings(options)
    const { self, ring, stateDirectory, runtimeDirectory } = settings
    if (self.role === 'slave')
      throw new NodeSetupError(`${self.name} is a slave: only servers vote, and can be recovered.`)
    if (ring.quorum === 'none') {
      throw new NodeSetupError('With QUORUM = none every side goes on by itself: there is no quorum to recover.')
    }
    if (stateDirectory === undefined || ring.forgetful) {
      throw new NodeSetupError('Without a STATEDIR (FORGETFUL) nothing is stored that a recovery could go on from.')
    }
    await checkOwner(stateDirectory)
    const lock = await lockNode(runtimeDirectory)
    try {
      const { host, port } = self.node
      for (const one of ring.bind.length > 0 ? ring.bind : [host]) await checkFree(one, port)
      const state = await StateDirectory.take(stateDirectory)
      return new StoppedNode(settings, state.disk, async () => {
        await state.release()
        await lock.release()
      })
    } catch (error) {
      await lock.release()
      throw error
    }
  }

  close(): Promise<void> {
    return this.#release()
  }

  /**
   * What is stored, and what a recovery would mean.
   *
   * @throws NodeSetupError where nothing is stored, RingError `RING_REGISTER_STATE_CORRUPT`, `RING_REGISTER_STATE_UNREADABLE`
   */
  async look(): Promise<RecoveryOutlook> {
    const { name, configuration } = this.#settings
    const stateDirectory = this.#settings.stateDirectory!
    const stored = await settled<StoredRegister | undefined>((done) => readStored(this.#disk, done))
    if (stored?.supersededBy) {
      throw new NodeSetupError(
        `The ring was recovered already, as lineage ${stored.supersededBy.lineage}. Start this node: it joins that.`,
      )
    }
    const last = (stored?.pending ?? stored?.record) as GroupRecord | undefined
    if (!stored || !last) {
      throw new NodeSetupError(
        `${stateDirectory} holds no record of ${name}: there is nothing to go on from. Recover a node that has one, and start this one with JOINONLY = yes.`,
      )
    }
    const members = last.view.members.map((member) => member.name)
    const givesUp = stored.voters.filter((voter) => voter !== name)
    return {
      ...{ node: name, group: configuration.global.group, stateDirectory },
      ...{ lineage: last.lineage, version: last.version, epoch: last.epoch },
      ...{ voters: last.voters.map((voter) => voter.name), members, givesUp, pending: stored.pending !== undefined },
      leavesOut: members.filter((member) => member !== name && !givesUp.includes(member)),
    }
  }

  /**
   * Gives up the other voters, all of whom have to be named, and makes this node the only voter of a new lineage. This
   * cannot be undone. It begins a lease's term after the lock was taken: whoever was granted one by this node, or by
   * those who are lost, has none any more (rule L1).
   *
   * @throws RingError `RING_REGISTER_REFUSED` when nothing was changed, and those of the disk
   */
  async recover(giveUp: readonly string[]): Promise<Recovered> {
    const { name, ring } = this.#settings
    const termMs = timingOf(ring.detect).leaseMs * (1 + clockDrift)
    await setTimeout(Math.max(0, this.#lockedMs + termMs - systemClock.monotonicMs()))
    const parts = [placementPart(placementSettingsOf(this.#settings))]
    const record = await settled<GroupRecord>((done) =>
      recoverStored(
        this.#disk,
        {
          ...{ name, giveUp, lineage: randomHex(systemRandom, 8), wallMs: Date.now() },
          content: (last, version) => recoveredContent(last as GroupRecord, name, version, parts),
        },
        done as (result: DiskResult<unknown>) => void,
      ),
    )
    const { lineage, version, parent } = record
    const { givenUp = [], ...from } = parent!
    return { lineage, version, parent: { lineage: from.lineage, version: from.version }, givenUp }
  }
}

/** Files that root writes here, the node of another user could not read any more. */
async function checkOwner(directory: string): Promise<void> {
  const { uid } = await stat(directory).catch((error: unknown) => {
    throw new NodeSetupError(`The state directory cannot be read: ${String(error)}.`, { cause: error })
  })
  if (uid === (process.getuid?.() ?? uid)) return
  throw new NodeSetupError(
    `${directory} belongs to another user (uid ${uid}). Run this as the user that runs the node.`,
  )
}

async function checkFree(host: string, port: number): Promise<void> {
  const server = createServer()
  const code = await new Promise<string | undefined>((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code))
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)))
  })
  if (code !== 'EADDRINUSE') return
  throw new RingError(
    'RING_PORT_BUSY',
    `Somebody listens on port ${port} of ${host}: if that is this node, stop it first.`,
  )
}

function settled<T>(work: (done: (result: DiskResult<T>) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    work((result) => {
      if (result.ok) resolve(result.value)
      else reject(result.error)
    })
  })
}
