import { describe, expect, it } from 'vitest'
import { isSafeState, stateBits, stateOfBits, stateOfText, stateText, stateWords } from './server-state.ts'

/** Facts that CHMPX nodes printed, the number beside the words. */
const printed = [
  [0x10011, 'SAFE -> [SERVICE OUT][UP][n/a][Nothing][Suspend]'],
  [0x11, 'SAFE -> [SERVICE OUT][UP][n/a][Nothing][NoSuspend]'],
  [0x10, 'SAFE -> [SERVICE OUT][DOWN][n/a][Nothing][NoSuspend]'],
  [0x1121, 'SAFE -> [SERVICE IN][UP][ADD][Pending][NoSuspend]'],
  [0x2121, 'SAFE -> [SERVICE IN][UP][ADD][Doing][NoSuspend]'],
  [0x3121, 'SAFE -> [SERVICE IN][UP][ADD][Done][NoSuspend]'],
  [0x21, 'SAFE -> [SERVICE IN][UP][n/a][Nothing][NoSuspend]'],
  [0x20, 'SAFE -> [SERVICE IN][DOWN][n/a][Nothing][NoSuspend]'],
  [0x1021, 'SAFE -> [SERVICE IN][UP][n/a][Pending][NoSuspend]'],
  [0x1220, 'SAFE -> [SERVICE IN][DOWN][DELETE][Pending][NoSuspend]'],
  [0x3220, 'SAFE -> [SERVICE IN][DOWN][DELETE][Done][NoSuspend]'],
  [0x3221, 'SAFE -> [SERVICE IN][UP][DELETE][Done][NoSuspend]'],
] as const

describe('A6: the state of a server', () => {
  it('is the number and the words that CHMPX prints', () => {
    for (const [bits, text] of printed) {
      const state = stateOfBits(bits)!
      expect(stateText(state)).toBe(text)
      expect(stateOfText(text)).toEqual(state)
      expect(stateBits(state)).toBe(bits)
    }
  })

  it('comes back from number and words, whatever the combination; 17 of them are safe, attached or not', () => {
    let states = 0
    let safe = 0
    for (let bits = 0; bits <= 0x1ffff; bits++) {
      const state = stateOfBits(bits)
      if (state === undefined) continue
      states++
      if (isSafeState(state)) safe++
      expect(stateBits(state)).toBe(bits)
      expect(stateOfText(stateText(state))).toEqual(state)
      expect(stateText(state).startsWith('SAFE')).toBe(isSafeState(state))
    }
    expect(states).toBe(3 * 2 * 3 * 4 * 2)
    expect(safe).toBe(17 * 2)
  })

  it('reads the columns of chmpxlinetool too', () => {
    expect(stateOfText('[SERVICE IN] [UP]    [DELETE]  [Pending][NoSuspend]')).toEqual(stateOfBits(0x1221))
  })

  it('is none of what stands for no state', () => {
    for (const bits of [-1, 0.5, Number.NaN, 0x30, 0x300, 0x2, 0x20000, 2 ** 32 + 0x21])
      expect(stateOfBits(bits), String(bits)).toBeUndefined()
    for (const text of [
      '',
      '[UP]',
      stateWords(stateOfBits(0x21)!).replace('UP', 'up'),
      '[UNKNOWN][DOWN][n/a][Nothing][x]',
    ])
      expect(stateOfText(text), text).toBeUndefined()
  })
})
