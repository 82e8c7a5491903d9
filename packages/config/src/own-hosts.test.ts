import { describe, expect, it } from 'vitest'
import { selfNode } from './core/nodes/self-node.ts'
import { parseText } from './core/parse-text.testdata.ts'
import { ownHosts } from './own-hosts.ts'

const configuration = parseText(`[GLOBAL]
GROUP=G
FILEVERSION=1
DELIVERMODE=hash
PORT=1
CTLPORT=2
[SVRNODE]
NAME=one.example, 10.0.0.9
[SVRNODE]
NAME=two.example
CTLPORT=3
[SLVNODE]
NAME=[.]*
`)
const hostNames = ['box', '10.0.0.2', 'localhost', '127.0.0.1']
const dns: Readonly<Record<string, readonly string[]>> = { 'one.example': ['10.0.0.1'], 'two.example': ['10.0.0.2'] }

describe('A2: the names of this machine', () => {
  it('A2: a server whose name leads to an address of this machine is this machine', async () => {
    const asked: string[] = []
    const resolve = (host: string) => {
      asked.push(host)
      return Promise.resolve(dns[host] ?? [])
    }
    const names = await ownHosts(configuration, { hostNames }, { resolve })
    expect(names).toEqual([...hostNames, 'two.example'])
    expect(asked).toEqual(['one.example', 'two.example'])
    expect(selfNode(configuration, { hostNames: names }).name).toBe('two.example:3')
  })

  it('A2: asks for nobody who has another control port, and not at all where a name fits', async () => {
    const refuse = () => Promise.reject(new Error('asked'))
    expect(await ownHosts(configuration, { hostNames, ctlPort: 9 }, { resolve: refuse })).toEqual(hostNames)
    const named = [...hostNames, 'one.example']
    expect(await ownHosts(configuration, { hostNames: named }, { resolve: refuse })).toEqual(named)
  })

  it('A2: does not wait for a name that gives no answer', async () => {
    const resolve = (host: string) =>
      host === 'two.example' ? Promise.resolve(['127.0.1.1']) : new Promise<readonly string[]>(() => undefined)
    expect(await ownHosts(configuration, { hostNames }, { resolve, timeoutMs: 1 })).toEqual([
      ...hostNames,
      'two.example',
    ])
  })
})
