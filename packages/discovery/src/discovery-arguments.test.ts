import { describe, expect, it } from 'vitest'
import { combined, dns, GossipRouter, mping, ping, tcpgossip, tcpping } from './index.ts'

const asked = { query: 'ring.example', type: 'A', port: 1 }
const wrong: readonly (readonly [string, () => unknown])[] = [
  ['tcpping, hosts as a text', () => tcpping({ hosts: 'a:1' as never })],
  ['tcpping, a bound that is no number', () => tcpping({ rememberedMax: Number.NaN })],
  ['dns without a query', () => dns({ type: 'SRV' } as never)],
  ['dns, a type there is not', () => dns({ ...asked, type: 'MX' } as never)],
  ['dns, a port as a text', () => dns({ ...asked, port: '80' } as never)],
  ['dns, an interval that is no number', () => dns({ ...asked, intervalMs: Number.NaN } as never)],
  ['tcpgossip without routers', () => tcpgossip({ group: 'g' } as never)],
  ['tcpgossip, routers as a text', () => tcpgossip({ group: 'g', routers: 'r:1' } as never)],
  ['ping without a group', () => ping({} as never)],
  ['mping, a number of casts that is none', () => mping({ group: 'g', casts: '3' as never })],
  ['ping, a port beyond the last', () => ping({ group: 'g', multicast: { port: 70_000 } })],
  ['combined, of what is no protocol', () => combined([{}] as never)],
  ['a gossip router, a time that is no number', () => new GossipRouter({ expiryMs: '5s' as never })],
]

describe('the options of discovery protocols', () => {
  it.each(wrong)('F: are refused at once when they are of a wrong type: %s', (_name, make) => {
    expect(make).toThrow(expect.objectContaining({ code: 'RING_ARGUMENT' }))
  })
})
