import { nodeName } from '@ring/platform'
import { describe, expect, it } from 'vitest'
import type { RecoveryOutlook } from '../operator/recover.ts'
import { type RecoverOptions, type RecoverTerminal, runRecover } from './recover-command.ts'

const outlook: RecoveryOutlook = {
  node: nodeName('c:1'),
  group: 'g',
  stateDirectory: '/state',
  lineage: 'old',
  version: 7,
  epoch: 3,
  voters: ['a:1', 'b:1', 'c:1'],
  members: ['a:1', 'b:1', 'c:1', 'd:1'],
  pending: false,
  givesUp: ['a:1', 'b:1'],
  leavesOut: ['d:1'],
}

async function run(options: RecoverOptions, ask?: RecoverTerminal['ask'], seen = outlook) {
  const given: string[][] = []
  const node = {
    look: () => Promise.resolve(seen),
    recover: (names: readonly string[]) => {
      given.push([...names])
      return Promise.resolve({
        lineage: 'new',
        version: 9,
        parent: { lineage: 'old', version: 7 },
        givenUp: [...names],
      })
    },
  }
  return { ...(await runRecover(node, options, { ask })), given }
}

describe('R8: ring-node recover', () => {
  it('without --force shows what is stored and what it would mean, and changes nothing', async () => {
    const { given, out, err, exitCode } = await run({ giveUp: ['a:1', 'b:1'] })
    expect({ given, exitCode }).toEqual({ given: [], exitCode: 3 })
    expect(out).toMatch(/lineage: +old\nversion: +7, epoch 3\nvoters: +a:1, b:1, c:1\nview: +a:1, b:1, c:1, d:1\n/)
    expect(err).toContain('--force --give-up a:1 b:1')
    expect(err).toContain('d:1 would have to join again')
  })

  it.each([[['a:1'], 'b:1'] as const, [[], 'a:1, b:1'] as const, [undefined, 'a:1, b:1'] as const])(
    'with --force and not every voter named changes nothing: %j',
    async (giveUp, missing) => {
      const { given, err, exitCode } = await run({ force: true, ...(giveUp && { giveUp }) })
      expect({ given, exitCode }).toEqual({ given: [], exitCode: 3 })
      expect(err).toContain(`Missing: ${missing}.`)
    },
  )

  it('with every voter named does it, and says so aloud', async () => {
    const { given, out, err, exitCode } = await run({ force: true, giveUp: ['b:1', 'a:1'] })
    expect({ given, exitCode, out }).toEqual({ given: [['b:1', 'a:1']], exitCode: 0, out: '' })
    expect(err).toMatch(/RECOVERED: c:1 is the only voter of the new lineage new.*\n.*GIVEN UP: b:1, a:1/)
  })

  it('asks a person on a terminal, who has to say yes', async () => {
    const questions: string[] = []
    const saying = (answer: string) => (question: string) => {
      questions.push(question)
      return Promise.resolve(answer)
    }
    expect(await run({ force: true }, saying('y'))).toMatchObject({ given: [], out: '', exitCode: 3 })
    expect(await run({ force: true }, saying('yes\n'))).toMatchObject({ given: [['a:1', 'b:1']], exitCode: 0 })
    expect(questions[0]).toContain('Give up a:1, b:1?')
    // Nobody is asked who has named them.
    await run({ force: true, giveUp: ['a:1'] }, saying('yes'))
    expect(questions).toHaveLength(2)
  })

  it('has nothing to do for the only voter', async () => {
    const alone = { ...outlook, voters: ['c:1'], givesUp: [] }
    expect(await run({ force: true, giveUp: [] }, undefined, alone)).toMatchObject({ given: [], exitCode: 3 })
  })

  it('speaks JSON', async () => {
    const before = await run({ json: true })
    expect(JSON.parse(before.out)).toEqual({ ...outlook, recovered: null })
    const after = await run({ json: true, force: true, giveUp: ['a:1', 'b:1'] })
    expect(JSON.parse(after.out)).toMatchObject({ ...outlook, recovered: { lineage: 'new', givenUp: ['a:1', 'b:1'] } })
  })
})
