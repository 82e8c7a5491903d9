import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { endpointOf } from './endpoint.ts'
import { expandHost, mostHosts } from './host-pattern.ts'

describe('A1: names of hosts', () => {
  it.each([
    ['web', ['web']],
    ['web[1-3].x', ['web1.x', 'web2.x', 'web3.x']],
    ['[a-b][08-10]', ['a8', 'a9', 'a10', 'b8', 'b9', 'b10']],
    ['s[ 1 - 2 , 5 ]', ['s1', 's2', 's5']],
    ['s[east_1,west_2]', ['seast_1', 'swest_2']],
    ['s[1,1-2]', ['s1', 's2']],
    ['w[1,x-z]', ['w1', 'wx', 'wy', 'wz']],
    ['[::1]', ['::1']],
    ['2001:db8::1', ['2001:db8::1']],
    ['w[3-1]', undefined],
    ['w[1', undefined],
    ['a b', undefined],
    ['', undefined],
    ['[.]*', undefined],
    ['[1-999999999]', undefined],
  ])('A1: %s', (pattern, hosts) => {
    expect(expandHost(pattern)).toEqual(hosts)
  })

  it('A1: no pattern stands for more than the limit', () => {
    const parts = fc.array(fc.constantFrom('[0-9]', '[a-z]', '[1-999]', 'x', '[', ']', ',', '-'), { maxLength: 30 })
    fc.assert(
      fc.property(parts, (pattern) => {
        expect(expandHost(pattern.join(''))?.length ?? 0).toBeLessThanOrEqual(mostHosts)
      }),
    )
  })

  it.each([
    ['a', { host: 'a', port: undefined }],
    ['a:1', { host: 'a', port: 1 }],
    ['[::1]:70', { host: '::1', port: 70 }],
    ['::1', { host: '::1', port: undefined }],
    ['a:0', undefined],
    ['a:65536', undefined],
    ['a b', undefined],
  ])('A1: the endpoint %s', (text, endpoint) => {
    expect(endpointOf(text)).toEqual(endpoint)
  })
})
