import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseText } from '../parse-text.testdata.ts'
import { chmpxText } from './chmpx-text.ts'

const captured = (name: string) => readFileSync(new URL(`../../testdata/${name}`, import.meta.url), 'utf8')

describe("A1: CHMPX's own text of a configuration", () => {
  it('A1: is byte for byte that of chmpxconftest, as it was captured', () => {
    const configuration = parseText(captured('sample-server.ini'))
    const text = chmpxText(configuration, { mode: 'server', ownAddress: '192.0.2.2' })
    expect(text).toBe(captured('sample-server.chmpxconftest.txt'))
  })

  it('A1: shows what is not given, endpoints, peers and TLS', () => {
    const text = chmpxText(
      parseText(
        '[GLOBAL]\nGROUP=G\nFILEVERSION=1\nDELIVERMODE=random\nPORT=1\nCTLPORT=2\n[SVRNODE]\nNAME=web\nENDPOINTS=gate\n' +
          'FORWARD_PEERS=a,b\nSSL=on\nSERVER_CERT=/c\nSERVER_PRIKEY=/k\nCAPATH=/ca\n[SLVNODE]\nNAME=.*\nCUK=x\n',
      ),
      { mode: 'slave', isDirectory: (path) => path === '/ca' },
    )
    for (const part of [
      '\tMODE            = SLAVE\n\tDELIVER MODE    = RANDOM\n\tSELF CTLPORT    = -1\n\tSELF CUK        = n/a\n',
      '\t\tNAME          = web\n',
      '\t\tENDPOINTS     = {\n\t\t\tgate ( 1 )\n\t\t}\n',
      '\t\tFORWARD_PEERS = {\n\t\t\ta\n\t\t\tb\n\t\t}\n',
      '\t\tSSL           = yes\n\t\tVERIFY_PEER   = no\n\t\tCA PATH TYPE  = dir\n\t\tCA PATH       = /ca\n\t\tSERVER CERT   = /c\n',
      '\t\tCTLPORT       = 2\n\t\tCTLENDPOINTS  = n/a\n',
      '\t\tCUK           = x\n',
    ]) {
      expect(text).toContain(part)
    }
  })
})
