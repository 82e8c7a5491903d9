import { describe, expect, it } from 'vitest'
import { Listeners, silent } from './index.ts'

function listeners() {
  const failures: object[] = []
  const logger = { ...silent, error: (fields: object) => failures.push(fields) }
  return { failures, heard: new Listeners<[number]>('onIt()', 'it', logger) }
}

describe('Listeners', () => {
  it('U3: one that throws is reported, and the others are called', async () => {
    const { failures, heard } = listeners()
    const told: number[] = []
    const [sync, late] = [new Error('at once'), new Error('later')]
    heard.add(() => {
      throw sync
    })
    heard.add(() => Promise.reject(late))
    heard.add((value) => told.push(value))
    heard.tell(7)
    await Promise.resolve()
    expect(told).toEqual([7])
    expect(failures).toEqual([sync, late].map((err) => ({ event: 'listener.failed', type: 'it', err })))
  })

  it('U3: ends what was added, each by itself, and at once', () => {
    const { heard } = listeners()
    const told: string[] = []
    const both = (value: number) => void told.push(`both ${value}`)
    const offs = [heard.add(both), heard.add(both)]
    heard.add(() => {
      offs[1]!()
      heard.add(() => void told.push('added'))
    })
    heard.add(() => void told.push('last'))
    offs[0]!()
    offs[0]!()
    heard.tell(1)
    heard.tell(2)
    expect(told).toEqual(['both 1', 'last', 'last', 'added'])
  })

  it('U3: takes functions only', () => {
    expect(() => listeners().heard.add('x' as never)).toThrow(/onIt\(\)/)
  })
})
