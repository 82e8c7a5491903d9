import { type Disk, DiskError, type DiskResult } from '@ring/platform'
import { describe, expect, it } from 'vitest'
import { type DiskMachine, diskKinds } from '../simulation/disk-machines.ts'

const filled = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value)
const ignore = (): void => undefined
const text = (bytes: Uint8Array | undefined): string | undefined => bytes && [...bytes].join(' ')

const read = async (machine: DiskMachine, name: string): Promise<string | undefined> =>
  text(valueOf(await machine.ask<Uint8Array | undefined>((disk, done) => disk.read(name, done))))
const list = async (machine: DiskMachine): Promise<readonly string[]> =>
  valueOf(await machine.ask<readonly string[]>((disk, done) => disk.list(done)))

function valueOf<T>(result: DiskResult<T>): T {
  if (!result.ok) throw result.error
  return result.value
}

const replace = (name: string, bytes: Uint8Array) => (disk: Disk, done: (result: DiskResult<void>) => void) =>
  disk.replace(name, bytes, done)
const append = (name: string, bytes: Uint8Array) => (disk: Disk, done: (result: DiskResult<void>) => void) =>
  disk.append(name, bytes, done)
const remove = (name: string) => (disk: Disk, done: (result: DiskResult<void>) => void) => disk.remove(name, done)

describe.each(diskKinds)('Disk, $kind', ({ ways, machine: make }) => {
  /** One machine a way, one after another. */
  async function eachWay(test: (machine: DiskMachine, way: number) => Promise<void>): Promise<void> {
    for (const way of ways) {
      const machine = await make(way)
      await test(machine, way)
      await machine.close()
    }
  }
  async function once(test: (machine: DiskMachine) => Promise<void>): Promise<void> {
    const machine = await make(ways[0]!)
    await test(machine)
    await machine.close()
  }

  it('does what was asked of one name in the order of the calls, never mixed', () =>
    once(async (machine) => {
      const seen: string[] = []
      const note = (what: string) => (result: DiskResult<unknown>) => {
        seen.push(`${what} ${result.ok ? (text(result.value as Uint8Array | undefined) ?? '') : 'failed'}`.trim())
      }
      const { disk } = machine
      disk.read('a', note('nothing'))
      disk.replace('a', filled(2, 1), note('replaced'))
      disk.replace('a', filled(1, 2), note('replaced again'))
      disk.read('a', note('reads'))
      disk.append('a', filled(1, 3), note('appended'))
      disk.append('a', filled(2, 4), note('appended again'))
      disk.read('a', note('reads'))
      disk.remove('a', note('removed'))
      disk.remove('a', note('removed what is not there'))
      expect(seen).toEqual([])
      await machine.ask((last, done) => last.read('a', done))
      expect(seen).toEqual([
        ...['nothing', 'replaced', 'replaced again', 'reads 2', 'appended', 'appended again', 'reads 2 3 4 4'],
        ...['removed', 'removed what is not there'],
      ])
    }))

  it('lists what was asked before, sorted', () =>
    once(async (machine) => {
      const { disk } = machine
      expect(await list(machine)).toEqual([])
      disk.replace('b.log-2', filled(1, 1), ignore)
      disk.append('a', filled(1, 1), ignore)
      disk.replace('c', filled(1, 1), ignore)
      disk.remove('c', ignore)
      expect(await list(machine)).toEqual(['a', 'b.log-2'])
    }))

  it('copies the bytes that it is given', () =>
    once(async (machine) => {
      const bytes = filled(3, 1)
      machine.disk.replace('a', bytes, ignore)
      machine.disk.append('a', bytes, ignore)
      machine.disk.append('a', bytes, ignore)
      bytes.fill(9)
      expect(await read(machine, 'a')).toBe('1 1 1 1 1 1 1 1 1')
    }))

  it('has no name that leads out of the directory or belongs to what is under way', () =>
    once(({ disk }) => {
      for (const name of ['../secret', '..', '.hidden', 'A', '', 'a/b', 'vote.new'])
        for (const call of [
          () => disk.read(name, ignore),
          () => disk.replace(name, filled(1, 1), ignore),
          () => disk.append(name, filled(1, 1), ignore),
          () => disk.remove(name, ignore),
        ])
          expect(call).toThrow(RangeError)
      return Promise.resolve()
    }))

  it('leaves the old or the new file when a replacement or a removal is hit by a crash, and all happen', async () => {
    const left = new Set<string>()
    await eachWay(async (machine) => {
      for (const name of ['a', 'b']) await machine.ask(replace(name, filled(4, 1)))
      await machine.crashDuring((disk) => {
        disk.replace('a', filled(2, 2), ignore)
        disk.remove('b', ignore)
      })
      const [a, b] = [await read(machine, 'a'), await read(machine, 'b')]
      expect(['1 1 1 1', '2 2']).toContain(a)
      expect(['1 1 1 1', undefined]).toContain(b)
      expect(await list(machine)).toEqual(b === undefined ? ['a'] : ['a', 'b'])
      left.add(`a ${a === '2 2' ? 'new' : 'old'}`).add(`b ${b === undefined ? 'gone' : 'there'}`)
      // What was left half done is in nobody's way.
      valueOf(await machine.ask(replace('a', filled(1, 3))))
      expect(await read(machine, 'a')).toBe('3')
    })
    expect([...left].sort()).toEqual(['a new', 'a old', 'b gone', 'b there'])
  })

  it('tears an append that is hit by a crash, and never what stood before it nor what was answered', async () => {
    const left = new Set<number>()
    await eachWay(async (machine) => {
      await machine.ask(append('log', filled(3, 1)))
      let answered = 0
      await machine.crashDuring((disk) => {
        for (let at = 0; at < 3; at++)
          disk.append('log', filled(2, 2), () => {
            answered += 2
          })
      })
      const bytes = ((await read(machine, 'log')) ?? '').split(' ')
      expect(bytes.slice(0, 3 + answered)).toEqual(['1', '1', '1', ...Array<string>(answered).fill('2')])
      expect(bytes.length).toBeLessThanOrEqual(9)
      left.add(bytes.length)
    })
    expect(left).toContain(3)
    expect(Math.max(...left)).toBeGreaterThan(4)
  })

  it('may leave of a first append no file, an empty one, or a part', async () => {
    const left = new Set<string>()
    await eachWay(async (machine) => {
      await machine.crashDuring((disk) => disk.append('log', filled(4, 1), ignore))
      const bytes = valueOf(await machine.ask<Uint8Array | undefined>((disk, done) => disk.read('log', done)))
      expect(bytes?.length ?? 0).toBeLessThanOrEqual(4)
      expect(await list(machine)).toEqual(bytes === undefined ? [] : ['log'])
      left.add(bytes === undefined ? 'no file' : bytes.length === 0 ? 'empty' : bytes.length < 4 ? 'part' : 'whole')
    })
    expect([...left].sort()).toEqual(['empty', 'no file', 'part', 'whole'])
  })

  it('says in what state a replacement or removal that failed has left the file', async () => {
    const told = new Set<string>()
    await eachWay(async (machine) => {
      for (const [call, after] of [
        [replace('a', filled(2, 2)), '2 2'],
        [remove('a'), undefined],
      ] as const) {
        valueOf(await machine.ask(replace('a', filled(4, 1))))
        machine.fail(true)
        const result = await machine.ask(call)
        machine.fail(false)
        const now = await read(machine, 'a')
        if (result.ok) expect(now).toBe(after)
        else {
          const error = diskError(result)
          expect(error.left).not.toBe('torn')
          expect(error.left === 'unchanged' ? ['1 1 1 1'] : ['1 1 1 1', after]).toContain(now)
          told.add(`${error.operation} ${error.left}`)
        }
      }
    })
    for (const what of ['remove either', 'replace either', 'replace unchanged']) expect(told).toContain(what)
  })

  it('says of each append that failed whether the file is torn, and refuses more until it is written anew', async () => {
    const told = new Set<string>()
    await eachWay(async (machine, way) => {
      valueOf(await machine.ask(append('log', filled(3, 1))))
      machine.fail(true)
      const result = await machine.ask(append('log', filled(4, 2)))
      machine.fail(false)
      if (result.ok) return
      const { left } = diskError(result)
      told.add(left)
      const now = await read(machine, 'log')
      const next = await machine.ask(append('log', filled(1, 3)))
      if (left === 'unchanged') {
        expect(now).toBe('1 1 1')
        valueOf(next)
        expect(await read(machine, 'log')).toBe('1 1 1 3')
        return
      }
      expect(left).toBe('torn')
      expect(now!.startsWith('1 1 1')).toBe(true)
      expect(now!.split(' ').length).toBeLessThanOrEqual(7)
      expect(diskError(next)).toMatchObject({ operation: 'append', left: 'torn' })
      expect(await read(machine, 'log')).toBe(now)
      valueOf(await machine.ask(way % 4 < 2 ? remove('log') : replace('log', new Uint8Array(0))))
      valueOf(await machine.ask(append('log', filled(1, 3))))
      expect(await read(machine, 'log')).toBe('3')
    })
    expect([...told].sort()).toEqual(['torn', 'unchanged'])
  })

  it('answers all appends that shared a write that failed alike', () =>
    once(async (machine) => {
      const lefts: string[] = []
      machine.fail(true)
      await machine.ask((disk, done) => {
        disk.replace('log', filled(1, 1), ignore)
        for (let at = 0; at < 3; at++)
          disk.append('log', filled(1, at), (result) => lefts.push(result.ok ? 'done' : diskError(result).left))
        disk.read('log', done)
      })
      expect(lefts).toHaveLength(3)
      expect(new Set(lefts).size).toBe(1)
    }))
})

function diskError(result: DiskResult<void>): DiskError {
  if (result.ok) throw new Error('it did not fail')
  if (!(result.error instanceof DiskError)) throw result.error
  return result.error
}
