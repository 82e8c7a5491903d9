import { incarnation, nodeName, type Peer, silent } from '@ring/platform'
import fc from 'fast-check'
import { beforeEach, describe, expect, it } from 'vitest'
import { type ControlMessage, encodeControlMessage } from './control-packing.ts'
import { type ControlProtocol, ControlSwitchboard } from './control-switchboard.ts'

const server: Peer = { name: nodeName('a:1'), incarnation: incarnation(1), role: 'server' }
const slave: Peer = { ...server, name: nodeName('s:1'), role: 'slave' }

let decoded: number
let taken: (readonly [from: string, message: unknown])[]
let logged: object[]
let board: ControlSwitchboard

/** Takes texts, and lets slaves say "ask". */
function texts(prefix: string): ControlProtocol<string> {
  return {
    prefix,
    decode: (value) => {
      decoded++
      const { text } = value as ControlMessage & { readonly text?: unknown }
      return typeof text === 'string' ? { message: text } : { fault: 'text: not a text' }
    },
    isForSlaves: (text) => text === 'ask',
    onMessage: ({ name }, text) => void taken.push([name, `${prefix} ${text}`]),
  }
}

beforeEach(() => {
  decoded = 0
  taken = []
  logged = []
  board = new ControlSwitchboard({
    ...silent,
    warn: (fields) => void logged.push(fields),
    debug: (fields) => void logged.push(fields),
  })
  board.connect(texts('one'))
  board.connect(texts('two'))
})

describe('the switchboard of control messages', () => {
  it('gives each message to the protocol of its prefix, which checks it once', () => {
    board.onMessage(server, encodeControlMessage({ type: 'one.x', text: 'first' }))
    board.onMessage(server, encodeControlMessage({ type: 'two.x.y', text: 'second' }))
    board.onMessage(server, encodeControlMessage({ type: 'two', text: 'third' }))
    expect(taken.map(([, text]) => text)).toEqual(['one first', 'two second', 'two third'])
    expect(decoded).toBe(3)
    expect(logged).toEqual([])
  })

  it('S1: drops what is of a later version without noise, and what does not fit with a word about it', () => {
    board.onMessage(server, encodeControlMessage({ type: 'three.x', text: 'later' }))
    expect(logged).toEqual([{ event: 'control.unknown', peer: 'a:1' }])
    board.onMessage(server, encodeControlMessage({ type: 'one.x' }))
    board.onMessage(server, Uint8Array.of(0xc1))
    expect(logged.slice(1)).toEqual([
      { event: 'control.invalid', peer: 'a:1', bytes: 14, prefix: 'one', fault: 'text: not a text' },
      { event: 'control.invalid', peer: 'a:1', bytes: 1 },
    ])
    expect(taken).toEqual([])
  })

  it('lets slaves say only what is for slaves', () => {
    board.onMessage(slave, encodeControlMessage({ type: 'one.x', text: 'ask' }))
    board.onMessage(slave, encodeControlMessage({ type: 'one.x', text: 'decide' }))
    expect(taken).toEqual([['s:1', 'one ask']])
    expect(logged).toEqual([{ event: 'control.refused', peer: 's:1' }])
  })

  it('has one protocol a prefix, until that ends', () => {
    expect(() => board.connect(texts('one'))).toThrow(RangeError)
    const end = board.connect(texts('three'))
    end()
    board.onMessage(server, encodeControlMessage({ type: 'three.x', text: 'late' }))
    board.connect(texts('three'))
    board.onMessage(server, encodeControlMessage({ type: 'three.x', text: 'again' }))
    expect(taken).toEqual([['a:1', 'three again']])
  })

  it('takes nothing that only objects have for a prefix, and throws for no bytes', () => {
    for (const type of ['__proto__', 'constructor.x', 'toString', '', '.'])
      board.onMessage(server, encodeControlMessage({ type, text: 'x' }))
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => board.onMessage(server, bytes)))
    expect(taken).toEqual([])
  })
})
