import { describe, expect, it } from 'vitest'
import { discoveryCompliance } from './compliance.ts'
import type { Discovery, DiscoveryProtocol } from './discovery.ts'
import { tcpping } from './tcpping/tcpping-discovery.ts'

/** TCPPING with one thing done otherwise. */
function spoiled(change: (sound: Discovery) => Partial<Discovery>): DiscoveryProtocol {
  return (surroundings) => {
    const sound = tcpping()(surroundings)
    const usual: Discovery = {
      find: (query, found) => sound.find(query, found),
      onMessage: (from, message) => sound.onMessage(from, message),
      stop: () => sound.stop(),
    }
    return { ...usual, ...change(sound) }
  }
}

/** Which tests of the suite fail. */
async function failuresOf(protocol: DiscoveryProtocol): Promise<readonly string[]> {
  const tests: (readonly [string, () => Promise<void>])[] = []
  const runner = {
    describe: (_name: string, body: () => void) => body(),
    it: (name: string, body: () => Promise<void>) => tests.push([name.replace('B1: x: ', ''), body]),
  }
  const setup = () => ({ protocol: () => protocol })
  discoveryCompliance(runner, { name: 'x', needsList: true, timeoutMs: 300, setup })
  const results = await Promise.all(
    tests.map(async ([name, body]) => {
      const failed = await body().then(
        () => false,
        () => true,
      )
      return failed ? [name] : []
    }),
  )
  return results.flat()
}

describe('the compliance suite catches', () => {
  it.concurrent('B1: nothing where nothing is wrong', async () => {
    expect(await failuresOf(spoiled(() => ({})))).toEqual([])
  })

  it.concurrent('B1: a run that ends twice', async () => {
    const twice = spoiled((sound) => ({
      find: (query, found) => {
        sound.find(query, (answers) => {
          found(answers)
          setTimeout(() => found(answers), 10)
        })
      },
    }))
    expect(await failuresOf(twice)).toContain('says once what it found')
  })

  it.concurrent('B1: a run that never ends', async () => {
    const never = spoiled(() => ({ find: () => undefined }))
    expect(await failuresOf(never)).toContain('ends within its time when nobody is there')
  })

  it.concurrent('B1: a run that takes too long', async () => {
    const late = spoiled((sound) => ({
      find: (query, found) => sound.find(query, (answers) => setTimeout(() => found(answers), 1500)),
    }))
    expect(await failuresOf(late)).toContain('ends within its time when nobody is there')
  })

  it.concurrent('B1: a node that goes on after its stop', async () => {
    const restless = spoiled(() => ({ stop: () => undefined }))
    expect(await failuresOf(restless)).toContain('nothing is found or answered after a stop, which may come twice')
  })

  it.concurrent('B1: a node that gives no answers, or others than it has', async () => {
    const mute = spoiled((sound) => ({
      onMessage: (from, message) => {
        if (message.type === 'discovery.get-mbrs-rsp') sound.onMessage(from, message)
      },
    }))
    expect(await failuresOf(mute)).toContain('two newcomers see each other')
    const liar = spoiled((sound) => ({
      find: (query, found) =>
        sound.find(query, (answers) => found(answers.map((answer) => ({ ...answer, standing: { kind: 'newcomer' } })))),
    }))
    expect(await failuresOf(liar)).toEqual(
      expect.arrayContaining([
        'finds a member that was there before, and what it says of its group',
        'a member names another one as coordinator',
      ]),
    )
  })

  it.concurrent('B1: an old run that goes on beside the new one', async () => {
    const both: DiscoveryProtocol = (surroundings) => {
      const sound = tcpping()(surroundings)
      return {
        find: (query, found) => {
          sound.find(query, found)
          setTimeout(() => found([]), 200)
        },
        onMessage: (from, message) => sound.onMessage(from, message),
        stop: () => sound.stop(),
      }
    }
    expect(await failuresOf(both)).toContain('a new run takes the place of the old one')
  })
})
