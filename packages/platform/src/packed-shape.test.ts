import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isPackedWell, packedLevelsMax } from './packed-shape.ts'

const nested = (levels: number, head: readonly number[]) =>
  Uint8Array.of(...Array.from({ length: levels }, () => head).flat(), 0xc0)

describe('isPackedWell', () => {
  it.each([
    ['list', [0x91]],
    ['map', [0x81, 0x01]],
    ['list with a long length', [0xdc, 0, 1]],
    ['list with a longer one', [0xdd, 0, 0, 0, 1]],
    ['map with a long length', [0xde, 0, 1, 0x01]],
    ['map with a longer one', [0xdf, 0, 0, 0, 1, 0x01]],
    ['map in a key', [0x81]],
  ])('S3: takes as many levels as may be and not one more: %s', (name, head) => {
    const value = (levels: number) =>
      // Where the next level stands in the key, each map lacks its value behind that.
      name === 'map in a key'
        ? Uint8Array.of(...nested(levels, head), ...Array<number>(levels).fill(0xc0))
        : nested(levels, head)
    expect(isPackedWell(value(packedLevelsMax))).toBe(true)
    expect(isPackedWell(value(packedLevelsMax + 1))).toBe(false)
  })

  it('counts levels, not lists: any number may stand beside each other', () => {
    const deep = nested(packedLevelsMax - 1, [0x91])
    expect(isPackedWell(Uint8Array.of(0x93, ...deep, ...deep, ...deep))).toBe(true)
    expect(isPackedWell(Uint8Array.of(0x93, ...deep, ...deep))).toBe(false)
  })

  it.each([
    ['nothing', []],
    ['a text that is cut off', [0xa2, 0x61]],
    ['a long text that is cut off', [0xdb, 0xff, 0xff, 0xff, 0xff, 0x61]],
    ['bytes that are cut off', [0xc4, 9, 1]],
    ['a number that is cut off', [0xcf, 1]],
    ['a length that is cut off', [0xdd, 0xff]],
    ['a list that announces more than there is', [0xdd, 0xff, 0xff, 0xff, 0xff, 0x01]],
    ['a map that announces more than there is', [0xdf, 0xff, 0xff, 0xff, 0xff, 0x01]],
    ['an extension', [0xd4, 0x72, 0x40]],
    ['a long extension', [0xc7, 1, 0x72, 0x40]],
    ['a byte that means nothing', [0xc1]],
  ])('S3: refuses %s', (_, bytes) => {
    expect(isPackedWell(Uint8Array.from(bytes))).toBe(false)
  })

  it('takes every form of a value, in any part of a buffer', () => {
    const values = [
      ...[[0x7f], [0xff], [0xc0], [0xc2], [0xc3], [0xca, 0, 0, 0, 0], [0xcb, 0, 0, 0, 0, 0, 0, 0, 0], [0xcc, 1]],
      ...[[0xcd, 0, 1], [0xce, 0, 0, 0, 1], [0xd0, 1], [0xd1, 0, 1], [0xd2, 0, 0, 0, 1], [0xd4, 0, 0], [0x80], [0x90]],
      ...[
        [0xcf, 0, 0, 0, 0, 0, 0, 0, 1],
        [0xd3, 0, 0, 0, 0, 0, 0, 0, 1],
        [0xc4, 1, 9],
        [0xc5, 0, 1, 9],
        [0xd9, 1, 0x61],
      ],
      ...[
        [0xc6, 0, 0, 0, 1, 9],
        [0xda, 0, 1, 0x61],
        [0xdb, 0, 0, 0, 1, 0x61],
        [0xa1, 0x61],
      ],
    ]
    const bytes = Uint8Array.of(0xee, 0xdc, 0, values.length, ...values.flat())
    expect(isPackedWell(bytes.subarray(1))).toBe(true)
    expect(isPackedWell(bytes.subarray(1, -1))).toBe(false)
  })

  it('throws nothing for any bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => typeof isPackedWell(bytes) === 'boolean'))
  })
})
