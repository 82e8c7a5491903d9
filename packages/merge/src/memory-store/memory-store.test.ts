import { partitionOf } from '@ring/placement'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { membersOf, runsOf, type Selection } from '../core/moving/selection.ts'
import type { DataItem } from '../moving/data-store.ts'
import { MemoryStore } from './memory-store.ts'

const partitions = 8
const bytes = (text: string) => new TextEncoder().encode(text)
const select = (...wanted: number[]): Selection => [
  {
    strategy: 'ring',
    partitions,
    runs: runsOf(Uint8Array.from({ length: partitions }, (_, at) => (wanted.includes(at) ? 1 : 0))),
  },
]
const all = select(...Array.from({ length: partitions }, (_, at) => at))
const placeOf = (key: string) => partitionOf('ring', partitions, key)
const contents = (store: MemoryStore) =>
  Object.fromEntries([...store.entries()].map(([key, value]) => [key as string, Buffer.from(value).toString()]))

function readAll(
  store: MemoryStore,
  selection: Selection,
  since: number,
  maxBytes = 40,
): { items: DataItem[]; mark: number } {
  const items: DataItem[] = []
  for (let mark = since; ; ) {
    const answer = store.read({ merge: 'm', select: selection, since: mark, maxBytes })
    items.push(...answer.items)
    mark = answer.mark
    if (!answer.more) return { items, mark }
  }
}

describe('MemoryStore', () => {
  it('keeps what it is given, a text and its bytes as one key', () => {
    const store = new MemoryStore()
    store.set('ключ', bytes('1'))
    store.set(bytes('ключ'), bytes('2'))
    store.set(7, bytes('n'))
    store.set(Uint8Array.of(0xff, 0xfe), bytes('b'))
    expect([store.get('ключ'), store.get(7), store.get('7'), store.get(Uint8Array.of(0xff, 0xfe)), store.size]).toEqual(
      [bytes('2'), bytes('n'), undefined, bytes('b'), 3],
    )
    expect([store.delete('ключ'), store.delete('ключ'), store.has('ключ'), store.size]).toEqual([true, false, false, 2])
  })

  it('D3: tells what has changed since a mark, removals too, each item once, in bounded answers', () => {
    const store = new MemoryStore()
    for (let at = 0; at < 50; at++) store.set(`key ${at}`, bytes(`${at}`))
    const first = readAll(store, all, 0)
    expect(first.items.length).toBe(50)
    store.set('key 3', bytes('new'))
    store.set('key 3', bytes('newer'))
    store.delete('key 4')
    expect(readAll(store, all, first.mark).items).toEqual([
      ['key 3', bytes('newer')],
      ['key 4', null],
    ])
    expect(store.read({ merge: 'm', select: all, since: 0, maxBytes: 10 }).more).toBe(true)
  })

  it('D3: what is closed is not written; once it is open again, it is', () => {
    const store = new MemoryStore()
    store.set('a', bytes('1'))
    store.close('m', select(placeOf('a')))
    expect(() => store.set('a', bytes('2'))).toThrow(expect.objectContaining({ code: 'RING_KEY_CLOSED' }))
    expect(() => store.delete('a')).toThrow(expect.objectContaining({ code: 'RING_KEY_CLOSED' }))
    expect(store.get('a')).toEqual(bytes('1'))
    store.open('another')
    expect(() => store.set('a', bytes('2'))).toThrow()
    store.open('m')
    store.set('a', bytes('3'))
    expect(store.get('a')).toEqual(bytes('3'))
  })

  it('D6: copies of an aborted merge are never read, nor taken for newer by a later one', () => {
    const store = new MemoryStore()
    store.begin({ merge: 'one', isReturning: false })
    store.write('one', [['a', bytes('old')]])
    expect([store.get('a'), store.size]).toEqual([undefined, 0])
    store.abort('one')
    store.begin({ merge: 'two', isReturning: false })
    store.write('two', [['b', bytes('2')]])
    store.abort('one')
    store.commit('two', { gained: [all], holds: all })
    expect(contents(store)).toEqual({ b: '2' })
    // One that nobody has begun brings nothing.
    store.commit('three', { gained: [], holds: all })
    expect(contents(store)).toEqual({ b: '2' })
  })

  it('D6: a commit that comes again, since its answer was lost, takes nothing of what it brought', () => {
    const store = new MemoryStore()
    store.begin({ merge: 'm', isReturning: false })
    store.write('m', [
      ['a', bytes('copied')],
      ['b', bytes('copied')],
    ])
    store.commit('m', { gained: [all], holds: all })
    store.set('a', bytes('written since'))
    store.commit('m', { gained: [all], holds: all })
    expect(contents(store)).toEqual({ b: 'copied', a: 'written since' })
  })

  it('D6: copies that come after the end of their merge are nothing to the next one', () => {
    const store = new MemoryStore()
    store.begin({ merge: 'one', isReturning: false })
    store.abort('one')
    store.write('one', [['a', bytes('late')]])
    store.begin({ merge: 'two', isReturning: false })
    store.write('two', [['b', bytes('2')]])
    store.write('one', [['b', bytes('late')]])
    store.commit('two', { gained: [all], holds: all })
    store.write('two', [['b', bytes('late')]])
    expect(contents(store)).toEqual({ b: '2' })
  })

  it('D2: what a life that returns gains replaces what it had, removals too; what it does not hold any more goes', () => {
    const store = new MemoryStore()
    const keys = Array.from({ length: 40 }, (_, at) => `key ${at}`)
    for (const key of keys) store.set(key, bytes('stale'))
    const [gained, kept] = [select(0, 1, 2), select(0, 1, 2, 3, 4)]
    const fresh = keys.filter((key) => placeOf(key) === 0)
    store.begin({ merge: 'm', isReturning: true })
    store.write(
      'm',
      fresh.map((key) => [key, bytes('fresh')]),
    )
    store.commit('m', { gained: [gained], holds: kept })
    const expected = keys.flatMap((key) =>
      placeOf(key) === 0 ? [[key, 'fresh']] : [3, 4].includes(placeOf(key)) ? [[key, 'stale']] : [],
    )
    expect(contents(store)).toEqual(Object.fromEntries(expected))
  })

  it('A10: while a large commit is being put in place, every key is already as it says', () => {
    const store = new MemoryStore()
    const keys = Array.from({ length: 12_000 }, (_, at) => `key ${at}`)
    for (const key of keys) store.set(key, bytes('stale'))
    store.begin({ merge: 'm', isReturning: true })
    store.write(
      'm',
      keys.filter((_, at) => at % 2 === 0).map((key) => [key, bytes('fresh')]),
    )
    store.commit('m', { gained: [select(0, 1, 2, 3)], holds: select(0, 1, 2, 3, 4) })
    const told = (key: string, at: number) => {
      if (at % 2 === 0) return 'fresh'
      return placeOf(key) === 4 ? 'stale' : undefined
    }
    const late = keys.at(-1)!
    store.set(late, bytes('written since'))
    for (const [at, key] of keys.entries()) {
      const value = store.get(key)
      expect(value && Buffer.from(value).toString()).toBe(key === late ? 'written since' : told(key, at))
    }
    const wanted = keys.flatMap((key, at) =>
      key === late ? [[key, 'written since']] : told(key, at) ? [[key, told(key, at)]] : [],
    )
    expect(contents(store)).toEqual(Object.fromEntries(wanted))
    expect(readAll(store, all, 0, 1_000_000).items.length).toBe(wanted.length)
  })

  it('D3: whatever is written between reads, who reads on from each mark has in the end what the store has', () => {
    const change = fc.record({
      key: fc.integer({ min: 0, max: 12 }),
      value: fc.option(fc.integer({ min: 0, max: 99 })),
      read: fc.boolean(),
    })
    fc.assert(
      fc.property(
        fc.array(change, { maxLength: 120 }),
        fc.array(fc.integer({ min: 0, max: 7 }), { minLength: 1 }),
        (changes, wanted) => {
          const store = new MemoryStore()
          const selection = select(...wanted)
          const has = membersOf(selection[0]!)
          const copy = new Map<string, string>()
          let mark = 0
          const take = (maxBytes: number) => {
            const answer = store.read({ merge: 'm', select: selection, since: mark, maxBytes })
            mark = answer.mark
            for (const [key, value] of answer.items) {
              if (value === null) copy.delete(key as string)
              else copy.set(key as string, Buffer.from(value).toString())
            }
            return answer.more
          }
          for (const { key, value, read } of changes) {
            if (value === null) store.delete(`key ${key}`)
            else store.set(`key ${key}`, bytes(`${value}`))
            if (read) take(12)
          }
          while (take(1_000));
          const expected = Object.entries(contents(store)).filter(([key]) => has[placeOf(key)] === 1)
          expect(Object.fromEntries(copy)).toEqual(Object.fromEntries(expected))
        },
      ),
    )
  })
})

describe('the memory of a MemoryStore', () => {
  it('A10: keeps nothing of what was removed but while a merge has to hear of it', () => {
    const store = new MemoryStore()
    const churn = () => {
      for (let at = 0; at < 100; at++) store.set(`key ${at}`, bytes('1'))
      for (let at = 0; at < 100; at++) store.delete(`key ${at}`)
    }
    churn()
    expect(readAll(store, all, 0).items).toEqual([])
    store.begin({ merge: 'm', isReturning: false })
    churn()
    expect(readAll(store, all, 0).items.length).toBe(100)
    store.abort('m')
    store.set('key 1', bytes('1'))
    expect(store.read({ merge: 'n', select: all, since: 0, maxBytes: 1_000 }).items).toEqual([['key 1', bytes('1')]])
  })
})
