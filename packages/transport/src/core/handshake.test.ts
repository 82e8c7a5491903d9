import { incarnation, nodeName } from '@ring/platform'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type NodeIdentity, nodeIdentityCodec } from '../link/identity-codec.ts'
import { nodeCrypto } from '../machine/node-crypto.ts'
import { type Admission, DialerHandshake, type HandshakeStep, ListenerHandshake } from './handshake.ts'

const identity = (name: string, group = 'TEST'): NodeIdentity => ({
  group,
  name: nodeName(name),
  role: 'server',
  incarnation: incarnation(7),
})
const key = (text: string) => new TextEncoder().encode(text)
const admitAll = (): Admission<NodeIdentity> => ({ admit: true, self: identity('listener:1') })

function handshake(dialerKeys: Uint8Array[], listenerKeys: Uint8Array[], admit = admitAll) {
  const dialer = new DialerHandshake(
    { crypto: nodeCrypto, codec: nodeIdentityCodec, keys: dialerKeys },
    identity('dialer:1'),
    'control',
  )
  const listener = new ListenerHandshake({ crypto: nodeCrypto, codec: nodeIdentityCodec, keys: listenerKeys }, admit)
  let atListener: HandshakeStep<NodeIdentity> = {}
  let atDialer: HandshakeStep<NodeIdentity> = { send: dialer.opening }
  while (atDialer.send) {
    atListener = listener.onFrame(atDialer.send)
    atDialer = atListener.send ? dialer.onFrame(atListener.send) : {}
  }
  return { dialer: atDialer.done, listener: atListener.done }
}

describe('the handshake (F1)', () => {
  it('shows each side who the other is, with and without a key', () => {
    for (const keys of [[], [key('secret')]]) {
      const { dialer, listener } = handshake(keys, keys)
      expect(dialer).toMatchObject({
        ok: true,
        peer: { name: 'listener:1', incarnation: 7 },
        kind: 'control',
        version: 1,
      })
      expect(listener).toMatchObject({ ok: true, peer: { name: 'dialer:1' } })
    }
  })

  it('lets a key be added, used and removed while both are valid', () => {
    expect(handshake([key('old')], [key('new'), key('old')]).dialer?.ok).toBe(true)
    expect(handshake([key('new'), key('old')], [key('old'), key('new')]).dialer?.ok).toBe(true)
  })

  it('tells a stranger nothing but "refused"', () => {
    const { dialer, listener } = handshake([key('wrong')], [key('right')])
    expect(listener).toEqual({ ok: false, failure: { code: 'proof' } })
    expect(dialer).toEqual({ ok: false, failure: { code: 'turned-away' } })
    expect(handshake([], [key('right')]).listener).toEqual({ ok: false, failure: { code: 'proof' } })
  })

  it('unmasks a listener that does not know the key', () => {
    const dialer = new DialerHandshake(
      { crypto: nodeCrypto, codec: nodeIdentityCodec, keys: [key('right')] },
      identity('dialer:1'),
      'control',
    )
    const impostor = new ListenerHandshake({ crypto: nodeCrypto, codec: nodeIdentityCodec, keys: [] }, admitAll)
    const proof = dialer.onFrame(impostor.onFrame(dialer.opening).send!).send!
    const { done } = dialer.onFrame(impostor.onFrame(proof).send!)
    expect(done).toEqual({ ok: false, failure: { code: 'proof' } })
  })

  it('tells who has proved itself why it may not come in', () => {
    const refusal = { code: 'older-life', text: 'a later life is known', known: 9 } as const
    const { dialer } = handshake([key('k')], [key('k')], () => ({ admit: false, refusal }))
    expect(dialer).toEqual({ ok: false, failure: { code: 'refused', refusal } })
  })

  it('ends on arbitrary frames without throwing, and never lets them in', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 4 }), (frames) => {
        const options = { crypto: nodeCrypto, codec: nodeIdentityCodec, keys: [key('k')] }
        const listener = new ListenerHandshake(options, admitAll)
        const dialer = new DialerHandshake(options, identity('dialer:1'), 'data')
        for (const frame of frames) {
          const ends = [listener.onFrame(frame).done, dialer.onFrame(frame).done]
          expect(ends.every((end) => end?.ok !== true)).toBe(true)
          if (ends.every((end) => end !== undefined)) return
        }
      }),
    )
  })

  it('lets nobody in who alters a byte on the way', () => {
    const options = { crypto: nodeCrypto, codec: nodeIdentityCodec, keys: [key('k')] }
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 255 }), (place, flip) => {
        const listener = new ListenerHandshake(options, admitAll)
        const dialer = new DialerHandshake(options, identity('dialer:1'), 'control')
        const proof = dialer.onFrame(listener.onFrame(dialer.opening).send!).send!
        proof[place % proof.length]! ^= flip
        expect(listener.onFrame(proof).done).toMatchObject({ ok: false })
      }),
    )
  })
})
