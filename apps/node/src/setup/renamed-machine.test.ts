import { loadConfiguration } from '@ring/config'
import { describe, expect, it, vi } from 'vitest'

const machine = vi.hoisted(() => ({ name: 'before' }))
vi.mock('node:os', async (original) => ({ ...(await original<object>()), hostname: () => machine.name }))

const { ownNode } = await import('./own-node.ts')
const { ringSection } = await import('./ring-section.ts')

describe('A1: a machine that is renamed while its node runs', () => {
  const read = async (servers?: readonly object[]) => {
    const content = { GLOBAL: { FILEVERSION: 1, GROUP: 'x', DELIVERMODE: 'hash', CTLPORT: 9021, PORT: 9020 } }
    const text = JSON.stringify({ ...content, ...(servers && { SVRNODE: servers }) })
    return ownNode(await loadConfiguration({ kind: 'json', text }, { sections: [ringSection] }), { ctlPort: 9021 })
  }

  it('stays the node that it is, in a list and without one', async () => {
    const listed = [{ NAME: 'before', PORT: 9020, CTLPORT: 9021 }]
    const [one, other] = [await read(listed), await read()]
    machine.name = 'after'
    expect(await read(listed)).toEqual(one)
    expect((await read()).name).toBe(other.name)
    expect(other.name).toBe('before:9021')
  })
})
