import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CommandGathering, commandBytesMax, type Gathered } from './command-gathering.ts'

const isCommand = (word: string) => ['VERSION', 'DUMP', 'SERVICEOUT'].includes(word.toUpperCase())
const bytes = (text: string) => new TextEncoder().encode(text)

function gathering(): CommandGathering {
  const made = new CommandGathering({ isCommand, timeoutMs: 5000 })
  made.await(0)
  return made
}

/** All that there is to take at a time. */
function taken(from: CommandGathering, nowMs: number): readonly Gathered[] {
  const all: Gathered[] = []
  for (let next = from.take(nowMs); next !== undefined && all.length < 100; next = from.take(nowMs)) all.push(next)
  return all
}

const command = (line: string) => ({ kind: 'command', line }) as const

describe('A6: commands arrive in pieces', () => {
  it('one ends with LF, CR LF or NUL', () => {
    const made = gathering()
    made.onBytes(bytes('VERSION\nDUMP\r\nSELF\0STATUS  x \n\n'), 0)
    expect(taken(made, 0)).toEqual(['VERSION', 'DUMP', 'SELF', 'STATUS  x ', ''].map(command))
  })

  it('one that nothing ends is complete with the end of the other side', () => {
    const made = gathering()
    made.onBytes(bytes('FOO'), 0)
    expect(taken(made, 0)).toEqual([])
    made.onEnd()
    expect(made.take(1)).toEqual(command('FOO'))
    expect(made.take(1)).toEqual({ kind: 'nothing' })
  })

  it('a known one is complete after 200 ms of silence, and any other at the deadline', () => {
    const known = gathering()
    known.onBytes(bytes('VER'), 10)
    expect([known.dueMs, known.take(400)]).toEqual([5000, undefined])
    known.onBytes(bytes('SION'), 400)
    expect([known.dueMs, known.take(599)]).toEqual([600, undefined])
    expect(known.take(600)).toEqual(command('VERSION'))
    const other = gathering()
    other.onBytes(bytes('FOO'), 10)
    expect([other.dueMs, other.take(4999)]).toEqual([5000, undefined])
    expect(other.take(5000)).toEqual(command('FOO'))
  })

  it('silence begins anew with each piece', () => {
    const made = gathering()
    made.onBytes(bytes('SERVICEOUT a'), 0)
    made.onBytes(bytes(':90'), 150)
    expect(made.take(300)).toBeUndefined()
    made.onBytes(bytes('21'), 340)
    expect(made.take(540)).toEqual(command('SERVICEOUT a:9021'))
  })

  it('a lone NUL, and silence all along, are nothing', () => {
    const nul = gathering()
    nul.onBytes(bytes('\0'), 0)
    expect(nul.take(0)).toEqual({ kind: 'nothing' })
    const silent = gathering()
    expect([silent.dueMs, silent.take(4999), silent.take(5000)]).toEqual([5000, undefined, { kind: 'nothing' }])
  })

  it('a longer wait for the next command gives one that has begun no more than its time', () => {
    const made = gathering()
    made.await(0, 60_000)
    expect(made.dueMs).toBe(60_000)
    made.onBytes(bytes('FO'), 1000)
    expect(made.dueMs).toBe(6000)
    made.onBytes(bytes('O'), 3000)
    expect(made.dueMs).toBe(6000)
  })

  it(`takes ${commandBytesMax} bytes and no more`, () => {
    const longest = 'x'.repeat(commandBytesMax)
    const fits = gathering()
    fits.onBytes(bytes(`${longest}\n`), 0)
    expect(fits.take(0)).toEqual(command(longest))
    const tooLong = gathering()
    tooLong.onBytes(bytes(`${longest}y\n`), 0)
    expect(tooLong.take(0)).toEqual({ kind: 'too-long' })
    const endless = gathering()
    endless.onBytes(bytes(longest), 0)
    expect(endless.take(0)).toBeUndefined()
    endless.onBytes(bytes('y'), 1)
    expect(endless.take(1)).toEqual({ kind: 'too-long' })
  })

  it('it does not matter how the bytes are cut', () => {
    const text = fc.array(fc.constantFrom('VERSION', 'x', '\n', '\0', '\r\n', ' ', 'é', 'DUMP'), { maxLength: 30 })
    fc.assert(
      fc.property(text, fc.array(fc.nat(60)), (words, cuts) => {
        const all = bytes(words.join(''))
        const whole = gathering()
        whole.onBytes(all, 0)
        whole.onEnd()
        const cut = gathering()
        const pieces: Gathered[] = []
        const places = [0, ...cuts.map((at) => Math.min(at, all.length)).sort((one, other) => one - other), all.length]
        for (const [at, from] of places.slice(0, -1).entries()) {
          cut.onBytes(all.subarray(from, places[at + 1]), 0)
          for (let next = cut.take(0); next !== undefined; next = cut.take(0)) pieces.push(next)
        }
        cut.onEnd()
        const rest = taken(cut, 0).filter((one) => one.kind === 'command')
        const expected = taken(whole, 0)
        const commands = (list: readonly Gathered[]) => list.filter((one) => one.kind === 'command')
        expect(commands([...pieces, ...rest])).toEqual(commands(expected))
      }),
    )
  })
})
