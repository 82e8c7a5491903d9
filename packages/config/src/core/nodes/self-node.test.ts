import { describe, expect, it } from 'vitest'
import { ConfigurationError } from '../error.ts'
import { parseText } from '../parse-text.testdata.ts'
import { type SelfHints, selfNode } from './self-node.ts'

const nodes = `[SVRNODE]
NAME = localhost
CTLPORT = 21
CUK = one
[SVRNODE]
NAME = 127.0.0.1
CTLPORT = 31
[SVRNODE]
NAME = other
CTLPORT = 41
[SLVNODE]
NAME = [.]*
CTLPORT = 22
`

function self(addition: string, hints: Partial<SelfHints>, rest = nodes) {
  const text = `[GLOBAL]\nGROUP=G\nFILEVERSION=1\nDELIVERMODE=random\nPORT=20\n${addition}\n${rest}`
  const configuration = parseText(text)
  const found = selfNode(configuration, { hostNames: ['localhost', '127.0.0.1', 'me.example'], ...hints })
  return found.role === 'server' ? `${found.role} ${found.name} ${found.index}` : `${found.role} ${found.name}`
}

describe('A2: which node this process is', () => {
  it('A2: a server by its control port, a flag before SELFCTLPORT', () => {
    expect(self('SELFCTLPORT = 31', {})).toBe('server 127.0.0.1:31 1')
    expect(self('SELFCTLPORT = 31', { ctlPort: 21 })).toBe('server localhost:21 0')
  })

  it('A2: a server by its CUK', () => {
    expect(self('', { cuk: 'one' })).toBe('server localhost:21 0')
    expect(self('SELFCUK = one', { ctlPort: 21 })).toBe('server localhost:21 0')
  })

  it('A2: a slave where no server of this machine fits, named by an outside name', () => {
    expect(self('', { ctlPort: 22 })).toBe('slave me.example:22')
    expect(self('', { ctlPort: 22, hostNames: ['localhost'] })).toBe('slave localhost:22')
    expect(self('MODE = slave', {})).toBe('slave me.example:22')
  })

  it.each([
    ['', {}, /localhost:21 or 127\.0\.0\.1:31/],
    ['', { ctlPort: 41 }, /no \[SVRNODE\] and no \[SLVNODE\]/],
    ['MODE = slave', { ctlPort: 21 }, /MODE is slave, but this node is the server localhost:21/],
    ['MODE = server', { ctlPort: 22 }, /MODE is server, but no \[SVRNODE\]/],
  ])('A2: refuses what is ambiguous or contradicts MODE %#', (addition, hints, message) => {
    expect(() => self(addition, hints)).toThrow(ConfigurationError)
    expect(() => self(addition, hints)).toThrow(message)
  })
})
