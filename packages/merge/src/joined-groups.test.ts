import { join, type Membership } from '@ring/gms'
import { freshPorts } from '@ring/testkit'
import { afterEach, describe, expect, it } from 'vitest'
import { viewMerging } from './index.ts'

const members: Membership[] = []

afterEach(async () => {
  await Promise.all(members.splice(0).map((member) => member.leave()))
})

describe('join with viewMerging', () => {
  it('B5, M6: everybody hears which side came from where, before the view that has them all', async () => {
    const firstPort = freshPorts(10)
    const told: string[] = []
    const member = async (at: number, knows: readonly number[]) => {
      const membership = await join({
        group: 'sides',
        name: `m${at}`,
        listen: { host: '127.0.0.1', port: firstPort + at },
        servers: knows.map((other) => `127.0.0.1:${firstPort + other}`),
        merging: viewMerging(),
        listeners: {
          merge: ({ sides, view }) =>
            told.push(`m${at} ${sides.map((side) => side.members.join()).join(' + ')} ${view.version}`),
          view: ({ view }) => told.push(`m${at} view ${view.version}`),
        },
      })
      members.push(membership)
      return membership
    }
    // m0 looks for m2 from time to time, which does not know anybody.
    await member(0, [2])
    await member(1, [0])
    const lonely = await member(2, [])
    const all = members.map((one) => viewOfThree(one))
    const [view] = await Promise.all(all)
    expect(view!.members).toHaveLength(3)
    expect(lonely.view.members.map(({ name }) => name)).toEqual(view!.members.map(({ name }) => name))
    for (const at of [0, 1, 2]) {
      const lines = told.filter((line) => line.startsWith(`m${at} `))
      const merge = lines.findIndex((line) => line.includes('+') && line.endsWith(` ${view!.version}`))
      expect(merge, told.join('\n')).toBeGreaterThanOrEqual(0)
      expect(lines[merge + 1]).toBe(`m${at} view ${view!.version}`)
    }
  })
})

function viewOfThree(membership: Membership): Promise<Membership['view']> {
  return new Promise((resolve) => {
    const end = membership.on('view', ({ view }) => {
      if (view.members.length < 3) return
      end()
      resolve(view)
    })
    if (membership.view.members.length === 3) resolve(membership.view)
  })
}
