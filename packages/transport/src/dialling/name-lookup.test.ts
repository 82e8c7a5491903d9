import { describe, expect, it } from 'vitest'
import { alternating, BoundedLookup, findAddresses } from './name-lookup.ts'

const found = (lookup: BoundedLookup, subject: string) =>
  new Promise<readonly string[]>((resolve) => lookup.find(subject, resolve))

describe('BoundedLookup', () => {
  it('F1: keeps the number of look-ups that block a worker thread bounded, and shares answers', async () => {
    const open: { subject: string; done: (found: readonly string[]) => void }[] = []
    const lookup = new BoundedLookup((subject, done) => void open.push({ subject, done }), 2)
    const answers = ['a', 'b', 'c', 'a'].map((subject) => found(lookup, subject))
    expect(open.map(({ subject }) => subject)).toEqual(['a', 'b'])
    open[0]!.done(['1'])
    open[1]!.done([])
    expect(open.map(({ subject }) => subject)).toEqual(['a', 'b', 'c'])
    open[2]!.done(['3'])
    expect(await Promise.all(answers)).toEqual([['1'], [], ['3'], ['1']])
    const again = found(lookup, 'a')
    open[3]!.done(['2'])
    expect(await again).toEqual(['2'])
  })

  it('gives up at once when too many wait', async () => {
    const lookup = new BoundedLookup(() => undefined, 1)
    for (let at = 0; at < 2049; at++) lookup.find(`host ${at}`, () => undefined)
    expect(await found(lookup, 'one too many')).toEqual([])
  })
})

describe('findAddresses', () => {
  it('takes what is no host for one that nobody has', async () => {
    const answers = ['a\0b', 'no such host.invalid', '', '::1'].map(
      (host) => new Promise((resolve) => findAddresses(host, resolve)),
    )
    expect(await Promise.all(answers)).toEqual([[], [], [], ['::1']])
  })

  it('alternates the families, the preferred one first', () => {
    expect(alternating(['::1', '::2', '::3', '10.0.0.1'])).toEqual(['::1', '10.0.0.1', '::2', '::3'])
    expect(alternating(['10.0.0.1', '::1', '::2', '::3'])).toEqual(['10.0.0.1', '::1', '::2', '::3'])
    expect(alternating([])).toEqual([])
  })
})
