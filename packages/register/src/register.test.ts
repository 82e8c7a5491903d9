import { readFileSync } from 'node:fs'
import { type Clock, type Logger, nodeName, type Random } from '@ring/platform'
import { SeededRandom, World } from '@ring/testkit'
import { describe, expect, it } from 'vitest'
import { runThreeVoters } from '../examples/three-voters.ts'
import { type RecordContent, recordBytesMax, VotedRegister, type VotedRegisterOptions } from './index.ts'

const name = nodeName('a')
const random: Random = new SeededRandom(1)
const clock: Clock = {
  monotonicMs: () => 0,
  wallMs: () => 1_000,
  after: () => ({ cancel: () => undefined }),
}

function register(options: Partial<VotedRegisterOptions> = {}, log?: Logger): VotedRegister {
  return new VotedRegister(
    { name, incarnation: 1, quorum: 'none', ...options },
    { clock, random, send: () => undefined, ...(log === undefined ? {} : { log }) },
  )
}

const content = (made: VotedRegister, state: unknown): Omit<RecordContent, 'epoch'> => ({
  voters: [made.status.self!],
  view: [name],
  state,
  operations: [],
})

describe('VotedRegister', () => {
  it('runs the example of the README, which shows the very file', async () => {
    expect(await runThreeVoters()).toBe('committed: services are in')
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
    expect(readme).toContain(readFileSync(new URL('../examples/three-voters.ts', import.meta.url), 'utf8').trim())
  })

  it('QUORUM = none: keeps the record alone, and tells its watchers every version', async () => {
    const made = register()
    await made.start()
    const versions: number[] = []
    const unwatch = made.watch((record) => versions.push(record.version))
    expect(made.read()).toBeUndefined()
    await made.branch(content(made, 0))
    const record = made.read()!
    expect(await made.commit(record.version, { ...record, state: 1 })).toMatchObject({ kind: 'committed' })
    expect(await made.commit(record.version, { ...record, state: 2 })).toMatchObject({ kind: 'lost' })
    unwatch()
    await made.commit(record.version + 1, { ...record, state: 3 })
    expect(versions).toEqual([record.version, record.version + 1])
    expect(made.read()).toMatchObject({ state: 3 })
  })

  it('goes on when a watcher throws', async () => {
    const made = register()
    await made.start()
    const versions: number[] = []
    made.watch(() => {
      throw new Error('a careless watcher')
    })
    made.watch((record) => versions.push(record.version))
    expect(await made.branch(content(made, 0))).toMatchObject({ kind: 'committed' })
    expect(versions).toHaveLength(1)
  })

  it('R9: refuses majority without a state directory, unless forgetful, which it never hides', async () => {
    expect(() => register({ quorum: 'majority' })).toThrow(
      expect.objectContaining({ code: 'RING_REGISTER_STATE_DIRECTORY_NEEDED' }) as Error,
    )
    const warnings: string[] = []
    const log: Logger = {
      debug: () => undefined,
      info: () => undefined,
      warn: (_fields, message) => warnings.push(message),
      error: () => undefined,
    }
    const made = register({ quorum: 'majority', forgetful: true }, log)
    await made.start()
    expect(made.status.warnings[0]).toContain('forgetful')
    expect(warnings).toEqual(made.status.warnings)
  })

  it('refuses what cannot be proposed, and says why', async () => {
    const made = register()
    const early = made.commit(1, { ...content(made, 0), voters: [{ name, voterId: 'x' }], epoch: 1 })
    await expect(early).rejects.toMatchObject({ code: 'RING_REGISTER_STOPPED' })
    await made.start()
    await expect(made.commit(0, { ...content(made, 0), epoch: 1 })).rejects.toMatchObject({
      code: 'RING_REGISTER_REFUSED',
      reason: 'no-record',
    })
    await made.branch(content(made, 0))
    const record = made.read()!
    const refused = (change: Partial<RecordContent>) =>
      expect(made.commit(record.version, { ...record, ...change })).rejects
    await refused({ voters: [] }).toMatchObject({ reason: 'invalid' })
    await refused({ voters: [...record.voters, ...record.voters] }).toMatchObject({ reason: 'invalid' })
    await refused({ epoch: record.epoch - 1 }).toMatchObject({ reason: 'invalid' })
    await refused({ state: 'x'.repeat(recordBytesMax) }).toMatchObject({ code: 'RING_REGISTER_RECORD_TOO_LARGE' })
    expect(made.read()).toBe(record)
  })

  it('R8: recovers only when it is meant', async () => {
    const made = register()
    await made.start()
    await made.branch(content(made, 0))
    const old = made.read()!
    await expect(made.recover(content(made, 1), { force: false } as never)).rejects.toMatchObject({ reason: 'invalid' })
    expect(await made.recover(content(made, 1), { force: true })).toMatchObject({ kind: 'committed' })
    expect(made.read()).toMatchObject({
      parent: { lineage: old.lineage, reason: 'recovered' },
      version: old.version + 1,
    })
  })

  it('ends the wait on abort and on stop, and says that it may have happened', async () => {
    const silent = { onMessage: () => undefined, onLinkUp: () => undefined, onLinkDown: () => undefined }
    const world = new World({ seed: 1 })
    const node = world.addNode(name, (environment) => {
      environment.network(silent)
      return {
        register: new VotedRegister(
          { name, incarnation: environment.incarnation, quorum: 'majority', timing: { proposalMs: 1e9 } },
          { ...environment, send: () => undefined },
        ),
      }
    })
    const made = node.process!.register
    const started = made.start()
    world.run(100)
    await started
    const branched = made.branch({
      ...content(made, 0),
      voters: [made.status.self!, { name: nodeName('b'), voterId: 'b' }],
    })
    world.run(200)
    await branched
    // The first of two voters is a quorum, so b is put first: nobody can answer for it.
    const record = made.read()!
    const handOver = made.commit(record.version, { ...record, voters: [...record.voters].reverse() })
    const controller = new AbortController()
    world.run(300)
    controller.abort()
    await expect(made.commit(record.version + 1, record, { signal: controller.signal })).rejects.toThrow()
    await made.stop()
    expect(await handOver).toEqual({ kind: 'unknown', mayHaveHappened: true })
    await expect(made.commit(record.version + 1, record)).rejects.toMatchObject({ code: 'RING_REGISTER_STOPPED' })
  })

  it('reports a damaged state directory at start', async () => {
    const world = new World({ seed: 1 })
    const node = world.addNode(name, (environment) => ({
      register: new VotedRegister(
        { name, incarnation: 1, quorum: 'majority' },
        { ...environment, send: () => undefined },
      ),
    }))
    node.disk.overwrite('register.vote', new TextEncoder().encode('something else entirely'))
    const started = node.process!.register.start()
    world.run(1_000)
    await expect(started).rejects.toMatchObject({ code: 'RING_REGISTER_STATE_CORRUPT', file: 'register.vote' })
  })
})
