import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { incarnation, nodeName, silent } from '@ring/platform'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { plainDialer, staticRouting } from '../bench/plain-links.ts'
import { attachProgram, createMessaging, type Logger, type Messaging, type Program, systemClock } from './index.ts'

const running: Messaging[] = []
afterEach(async () => {
  vi.restoreAllMocks()
  for (const messaging of running.splice(0)) await messaging.stop({ drainMs: 50 })
})

async function node(logger?: Logger): Promise<{ messaging: Messaging; runtimeDirectory: string }> {
  const runtimeDirectory = join(await mkdtemp(join(tmpdir(), 'ring-')), 'run')
  const messaging = await createMessaging({
    ...{ group: 'test', name: nodeName('s0'), incarnation: incarnation(1), role: 'server', runtimeDirectory },
    ...{ clock: systemClock, random: { uint32: () => 0 }, dialer: plainDialer },
    ...(logger && { logger }),
  })
  running.push(messaging)
  return { messaging, runtimeDirectory }
}

/** Adds a listener that throws before one that notes, and one that is taken off again. */
function listenTo(program: Program): readonly string[] {
  const heard: string[] = []
  const broken = (): never => {
    throw new Error('broken listener')
  }
  program.onRouting(broken)
  program.onClosed(broken)
  program.onRouting(({ version }) => heard.push(`routing ${version}`))
  program.onClosed(() => heard.push('closed'))
  for (const off of [program.onRouting(() => heard.push('taken off')), program.onClosed(() => heard.push('taken off'))])
    off()
  return heard
}

const routing = () => staticRouting([{ name: 's0', address: '127.0.0.1:1' }])

describe('U3: listeners of a node', () => {
  it('U3: one that throws keeps nobody from hearing of programs, and each can be taken off', async () => {
    const errors: object[] = []
    const { messaging } = await node({ ...silent, error: (fields) => errors.push(fields) })
    let [heard, takenOff] = [0, 0]
    messaging.onProgramsChanged(() => {
      throw new Error('broken listener')
    })
    messaging.onProgramsChanged(() => heard++)
    messaging.onProgramsChanged(() => takenOff++)()
    messaging.embed({ role: 'client', name: 'one' })
    expect([heard, takenOff]).toEqual([1, 0])
    expect(errors).toMatchObject([{ event: 'listener.failed', type: 'programs' }])
  })
})

describe('U3: listeners of a program', () => {
  it('U3: embedded: one that throws is reported to the node, and the others are called', async () => {
    const errors: object[] = []
    const { messaging } = await node({ ...silent, error: (fields) => errors.push(fields) })
    const program = messaging.embed({ role: 'client', name: 'one' })
    const heard = listenTo(program)
    messaging.setRouting(routing())
    await program.close()
    expect(heard).toEqual([`routing ${routing().version}`, 'closed'])
    expect(errors).toMatchObject([
      { event: 'listener.failed', type: 'routing' },
      { event: 'listener.failed', type: 'closed' },
    ])
    let late = 0
    program.onClosed(() => late++)
    expect(late).toBe(1)
  })

  it('U3: attached: it is said on standard error where there is no logger; `await using` leaves', async () => {
    const said = vi.spyOn(console, 'error').mockImplementation(() => undefined)
    const { messaging, runtimeDirectory } = await node()
    const program = await attachProgram({ runtimeDirectory, role: 'client', name: 'two' })
    const heard = listenTo(program)
    messaging.setRouting(routing())
    await vi.waitUntil(() => heard.length === 1)
    await program[Symbol.asyncDispose]()
    expect(heard.at(-1)).toBe('closed')
    const lines = said.mock.calls.map(([line]) => String(line))
    expect(lines).toHaveLength(2)
    expect(lines[0]).toMatch(/^ring: error: a listener failed \(listener\.failed, type routing, .*broken/)
    await vi.waitUntil(() => messaging.programs.length === 0)
  })
})
