import { readFileSync } from 'node:fs'
import { nodeName } from '@ring/platform'
import { World } from '@ring/testkit'
import { describe, expect, it } from 'vitest'
import { runThreeVoters } from '../examples/three-voters.ts'
import { RegisterDriver } from './index.ts'

describe('the register', () => {
  it('runs the example of the README, which shows the very file', () => {
    expect(runThreeVoters()).toBe('committed: services are in')
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
    expect(readme).toContain(readFileSync(new URL('../examples/three-voters.ts', import.meta.url), 'utf8').trim())
  })

  it('reports a damaged state directory at start', () => {
    const world = new World({ seed: 1 })
    const name = nodeName('a')
    const node = world.addNode(name, (environment) => ({
      register: new RegisterDriver(
        { name, incarnation: 1, storage: 'disk' },
        { ...environment, send: () => undefined },
        { onCommitted: () => undefined },
      ),
    }))
    node.disk.overwrite('register.vote', new TextEncoder().encode('something else entirely'))
    const ends: (Error | undefined)[] = []
    node.process!.register.start((error) => ends.push(error))
    world.run(1_000)
    expect(ends).toMatchObject([{ code: 'RING_REGISTER_STATE_CORRUPT', file: 'register.vote' }])
  })

  it('ends the wait for a proposal when it stops, and says that it may have happened', () => {
    const world = new World({ seed: 1 })
    const names = ['a', 'b'].map(nodeName)
    const node = world.addNode(names[0]!, (environment) => ({
      register: new RegisterDriver(
        { name: names[0]!, incarnation: 1, storage: 'disk', timing: { proposalMs: 1e9 } },
        { ...environment, send: () => undefined },
        { onCommitted: () => undefined },
      ),
    }))
    const { register } = node.process!
    const ends: unknown[] = []
    register.start(() => undefined)
    world.run(100)
    const voters = [register.self!, { name: names[1]!, voterId: 'b' }]
    register.openLineage('branch', { voters, view: null, state: 0, operations: [] }, () => undefined)
    world.run(200)
    const record = register.record!
    // The first of two voters is a quorum, so b is put first: nobody can answer for it.
    register.propose(record.version, { ...record, voters: [...voters].reverse() }, (outcome) => ends.push(outcome))
    world.run(300)
    expect(ends).toEqual([])
    register.stop()
    expect(ends).toEqual([{ kind: 'unknown', mayHaveHappened: true }])
  })
})
