import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { bodyBytes } from './body-bytes.ts'

const eight = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8])

describe('bodyBytes', () => {
  it('a Uint8Array is itself; a text is UTF-8', () => {
    expect(bodyBytes(eight)).toBe(eight)
    expect(bodyBytes('ä€')).toEqual(new Uint8Array([0xc3, 0xa4, 0xe2, 0x82, 0xac]))
    expect(bodyBytes('')).toEqual(new Uint8Array(0))
  })

  it.each([
    ['Uint16Array', new Uint16Array(eight.buffer, 2, 2)],
    ['Float32Array', new Float32Array(eight.buffer, 4, 1).subarray(0, 1)],
    ['BigInt64Array', new BigInt64Array(eight.buffer)],
    ['DataView', new DataView(eight.buffer, 3, 5)],
  ])('a %s is the bytes it shows, no more and no less', (_name, view) => {
    const { byteOffset, byteLength } = view
    expect(bodyBytes(view)).toEqual(eight.slice(byteOffset, byteOffset + byteLength))
  })

  it('an ArrayBuffer is its bytes, a shared one too, of another realm too', () => {
    const shared = new SharedArrayBuffer(2)
    new Uint8Array(shared).set([7, 9])
    expect(bodyBytes(eight.buffer)).toEqual(eight)
    expect(bodyBytes(shared)).toEqual(new Uint8Array([7, 9]))
    expect(bodyBytes(runInNewContext('new Uint8Array([7, 9]).buffer'))).toEqual(new Uint8Array([7, 9]))
    expect(bodyBytes(runInNewContext('new Uint8Array([7, 9])'))).toEqual(new Uint8Array([7, 9]))
  })

  it.each([
    undefined,
    null,
    0,
    1n,
    true,
    {},
    [1, 2],
    { length: 2 },
    { [Symbol.toStringTag]: 'ArrayBuffer', byteLength: 3 },
    () => 1,
    Symbol('s'),
  ])('%o is none', (value) => {
    expect(bodyBytes(value)).toBeUndefined()
  })
})
