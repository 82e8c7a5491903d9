import { describe, expect, it } from 'vitest'
import { chmpxId } from './chmpx-id.ts'

describe('A6: the chmpxid of a node', () => {
  it('is the one that CHMPX made of the same name', () => {
    const idOf = (ctlport: number) => chmpxId('LAB9020', { kind: 'name', name: '10.99.0.1', ctlport })
    expect([9021, 9031, 9041, 9022].map(idOf)).toEqual([
      '0x6302faa13404203f',
      '0x62f9fde334041b26',
      '0x62fd1e3834041cd9',
      '0x6302f8ee3404203f',
    ])
  })

  it('takes bytes from 0x80 on as signed ones', () => {
    const id = chmpxId('g', { kind: 'custom', text: 'é' })
    expect(id).toMatch(/^0x[0-9a-f]{1,16}$/)
    expect(id).not.toBe(chmpxId('g', { kind: 'custom', text: 'e' }))
  })
})
