import { address, incarnation, type Logger, nodeName, silent } from '@ring/platform'
import { World } from '@ring/testkit'
import { describe, expect, it } from 'vitest'
import { MembershipDriver } from './membership-driver.ts'
import type { MembershipListener } from './membership-driver-options.ts'

const nothing = () => undefined

/** One server that is alone, whose listener may do something of its own with the driver. */
function alone(listening: (driver: () => MembershipDriver) => Partial<MembershipListener>, logger: Logger = silent) {
  const world = new World({ seed: 1 })
  let driver: MembershipDriver | undefined
  world.addNode(nodeName('a:1'), (environment) => {
    driver = new MembershipDriver(
      {
        ...{ name: nodeName('a:1'), address: address('a:1'), servers: [], role: 'server', quorum: 'none' },
        ...{ incarnation: incarnation(1), detect: 'default', logger },
        ...{ clock: environment.clock, random: environment.random },
      },
      {
        ...{ onView: nothing, onDown: nothing, onUnconfirmed: nothing, onConfirmed: nothing },
        ...{ onRejoin: nothing, onStatus: nothing, ...listening(() => driver!) },
      },
    )
    driver.start(environment.network(driver))
    return driver
  })
  world.run(2000)
  return driver!
}

describe('MembershipDriver', () => {
  it('what a listener asks for from within a step waits until all of that step is told', () => {
    const told: string[] = []
    alone((driver) => ({
      onView: ({ view }) => {
        const at = view.members[0]?.metadata?.labels?.['at'] ?? 'first'
        told.push(at)
        if (at === 'first') driver().describe({ labels: { at: 'second' } })
        told.push(`${at} ends`)
      },
      onStatus: ({ phase }) => void told.push(phase),
    }))
    expect(told).toEqual(['first', 'first ends', 'member', 'second', 'second ends'])
  })

  it('a listener that throws is logged, and ends neither the step nor the group', () => {
    const logged: object[] = []
    const onView = () => {
      throw new Error('thrown by the listener')
    }
    const driver = alone(() => ({ onView }), { ...silent, error: (fields) => void logged.push(fields) })
    expect(driver.status).toMatchObject({ phase: 'member' })
    expect(logged).toMatchObject([{ event: 'listener.failed', type: 'view' }])
  })
})
