import type { Logger } from '@ring/platform'
import { describe, expect, it } from 'vitest'
import type { NodePart, NodePartHost } from './node-part.ts'
import { NodeParts } from './node-parts.ts'

const host = () => ({}) as NodePartHost
const gate = { state: 'open', isOpen: true, ofAccepted: 'open' } as const

/** A part that writes down what happens to it, and fails where it is told to. */
function noting(name: string, notes: string[], fails?: 'start' | 'delivery' | 'stop'): NodePart {
  const note = (what: string) => {
    notes.push(`${name} ${what}`)
    if (what === fails) throw new Error(`${name} cannot ${what}`)
  }
  return {
    name,
    start: async () => {
      await Promise.resolve()
      note('start')
    },
    onDelivery: () => note('delivery'),
    stop: () => note('stop'),
  }
}

function logging() {
  const events: string[] = []
  const write: Logger['error'] = ({ event }) => events.push(event)
  return { events, logger: { debug: write, info: write, warn: write, error: write } }
}

describe('the parts of a node', () => {
  it('start in their order, one after the other, and stop in reverse', async () => {
    const notes: string[] = []
    const parts = new NodeParts([noting('a', notes), noting('b', notes)], logging().logger)
    await parts.start(host)
    parts.onDelivery(gate)
    await parts.stop()
    parts.onDelivery(gate)
    expect(notes).toEqual(['a start', 'b start', 'a delivery', 'b delivery', 'b stop', 'a stop'])
  })

  it('one that cannot start ends the start; those before it are stopped, and nobody else', async () => {
    const notes: string[] = []
    const parts = new NodeParts([noting('a', notes), noting('b', notes, 'start'), noting('c', notes)], logging().logger)
    await expect(parts.start(host)).rejects.toThrow('b cannot start')
    await parts.stop()
    expect(notes).toEqual(['a start', 'b start', 'a stop'])
  })

  it('what one throws is logged, and the others go on', async () => {
    const notes: string[] = []
    const { events, logger } = logging()
    const parts = new NodeParts([noting('a', notes, 'delivery'), noting('b', notes, 'stop')], logger)
    await parts.start(host)
    parts.onDelivery(gate)
    await parts.stop()
    expect(notes).toEqual(['a start', 'b start', 'a delivery', 'b delivery', 'b stop', 'a stop'])
    expect(events).toEqual(['listener.failed', 'part.stop-failed'])
  })
})
