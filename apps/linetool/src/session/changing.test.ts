import { describe, expect, test } from 'vitest'
import { SimulatedSession } from './simulated-session.testdata.ts'

const [first, second, third] = ['server0.example:8021', 'server1.example:8021', 'server2.example:8021'] as const
const slave = 'slave0.example:8031'

describe('A12: commands that change the ring', () => {
  test('servicein is told to that server, and to nobody else', async () => {
    const session = new SimulatedSession({ isRing: false })
    const { code, out } = await session.run(`servicein ${second}`)
    expect([code, session.ports.told]).toEqual([0, [`${second} SERVICEIN`]])
    expect(out).toContain(`SERVICEIN of ${second}: ${second} says SUCCEED`)
  })

  test('a ring-wide command goes to servers in the order of their ids, until one has done it', async () => {
    const session = new SimulatedSession({ isRing: false })
    await session.run('merge start')
    const [told] = session.ports.told
    expect(session.ports.told).toHaveLength(1)
    expect(told).toMatch(/^server\d\.example:8021 MERGE$/)
    const ids = [...session.ring.dumps.values()].map(({ self }) => self).filter(({ mode }) => mode === 'server')
    const smallest = ids.sort((one, other) => (BigInt(one.id) < BigInt(other.id) ? -1 : 1))[0]!
    expect(told).toBe(`${smallest.name}:8021 MERGE`)
  })

  test('who does not answer is passed by, and said', async () => {
    const session = new SimulatedSession({ isRing: false })
    session.ports.answering = () => (session.ports.told.length === 1 ? undefined : 'SUCCEED\n')
    const { code, out } = await session.run('merge complete')
    expect(code).toBe(0)
    expect(session.ports.told).toHaveLength(2)
    expect(out).toMatch(/was passed by: no answer within 5 s \(it may have done it\)\nCOMPMERGE: .* says SUCCEED/)
  })

  test('who refuses on purpose refuses for all', async () => {
    const session = new SimulatedSession({ isRing: false })
    const why = 'ERROR: Could not change status, because server is operating now.'
    session.ports.answering = () => `${why}\n`
    const { code, out } = await session.run('merge start')
    expect(session.ports.told).toHaveLength(1)
    expect([code, out.includes(why)]).toEqual([1, true])
  })

  test('a slave that cannot do it is passed by; a server that is alone has done it', async () => {
    const session = new SimulatedSession({ isRing: false, servers: 1 })
    session.ports.answering = () => 'SUCCEED: There no server on RING.\n'
    expect((await session.run('merge start')).code).toBe(0)
    session.ports.answering = () => 'ERROR: The command can not be executed on the slave node.\n'
    expect(await session.run('suspend')).toMatchObject({ code: 69 })
  })

  test('serviceout of a dead server is told to the others', async () => {
    const session = new SimulatedSession({ isRing: false })
    session.ring.kill(second)
    const { code } = await session.run(`serviceout ${second}`)
    expect(code).toBe(0)
    expect(session.ports.told).toHaveLength(1)
    expect(session.ports.told[0]).toMatch(new RegExp(`^server[02]\\.example:8021 SERVICEOUT ${second}$`))
  })

  test('serviceout HOST TARGET tells HOST of TARGET first, as chmpxlinetool does', async () => {
    const session = new SimulatedSession({ isRing: false })
    await session.run(`serviceout ${slave} ${third}`)
    expect(session.ports.told).toEqual([`${slave} SERVICEOUT ${third}`])
  })

  test('a server is spelled by what the ring makes ids of', async () => {
    const session = new SimulatedSession({ isRing: false })
    session.ring.say(third, { cuk: 'c3' })
    session.ring.change(undefined, ({ configuration }) => ({ configuration: { ...configuration, idType: 'cuk' } }))
    await session.run(`serviceout ${third}:c3`)
    expect(session.ports.told).toEqual([`${third} SERVICEOUT ${third}:c3`])
  })

  test('an unknown, misspelt or wrong server is refused before anybody is told', async () => {
    const session = new SimulatedSession()
    for (const [line, said] of [
      ['serviceout server2.exmple:8021', /Did you mean server2.example:8021/],
      [`serviceout ${slave}`, /is a slave/],
      ['servicein nowhere', /has no node nowhere/],
    ] as const) {
      const { code, err } = await session.run(line)
      expect([code, err]).toEqual([2, expect.stringMatching(said)])
    }
    expect(session.ports.told).toEqual([])
  })

  test('--plan is not told to a CHMPX node, which would do it', async () => {
    const session = new SimulatedSession({ isRing: false })
    expect(await session.run(`serviceout ${third} --plan`)).toMatchObject({ code: 2 })
    expect(await session.run(`serviceout ${third} --force`)).toMatchObject({ code: 2 })
    expect(session.ports.told).toEqual([])
  })

  test('on a terminal it is asked for what hurts, and nothing is done without a yes', async () => {
    const session = new SimulatedSession({ isRing: false })
    session.desk.isInteractive = true
    session.desk.answer = false
    expect(await session.run(`serviceout ${third}`)).toMatchObject({ code: 3 })
    expect(session.desk.questions).toEqual([`Take ${third} out of service? (its keys move to the other servers)`])
    expect(session.ports.told).toEqual([])
    expect(await session.run(`serviceout ${third} --yes`)).toMatchObject({ code: 0 })
    expect(session.desk.questions).toHaveLength(1)
    await session.run('merge start', 'merge complete', 'nosuspend')
    expect(session.desk.questions).toHaveLength(1)
    expect(await session.run('merge abort')).toMatchObject({ code: 3 })
  })

  test('--wait against CHMPX ends when it has happened', async () => {
    const session = new SimulatedSession({ isRing: false })
    session.clock.after(3_000, () => session.ring.state(third, { action: 'delete', progress: 'pending' }))
    const { code, out } = await session.run(`serviceout ${third} --wait`)
    expect([code, out]).toEqual([0, expect.stringContaining('it has happened')])
    expect(session.clock.monotonicMs()).toBeGreaterThanOrEqual(3_000)
    expect(session.clock.monotonicMs()).toBeLessThan(3_500)
  })

  test('--wait says when it has not happened in time', async () => {
    const session = new SimulatedSession({ isRing: false })
    session.ring.state(third, { action: 'add', progress: 'doing' })
    const { code, err } = await session.run('merge start --wait --wait-time 2s')
    expect([code, err]).toEqual([75, expect.stringContaining('has not happened in 2 s')])
    session.clock.after(500, () => session.ring.state(third, { progress: 'done' }))
    expect(await session.run('merge start --wait --wait-time 2s')).toMatchObject({ code: 0 })
  })

  test('statusupdate tells all servers, or one', async () => {
    const session = new SimulatedSession({ isRing: false })
    await session.run('statusupdate')
    expect([...session.ports.told].sort()).toEqual([first, second, third].map((label) => `${label} UPDATESTATUS`))
    session.ports.told.length = 0
    await session.run(`upsts ${second}`)
    expect(session.ports.told).toEqual([`${second} UPDATESTATUS`])
  })

  test('in JSON it says who was told and what came of it', async () => {
    const session = new SimulatedSession({ isRing: false })
    expect(await session.json(`serviceout ${third}`)).toMatchObject({
      ...{ form: 1, command: 'serviceout', ok: true, server: third, told: third, text: 'SUCCEED' },
      attempts: [{ node: third, result: 'done' }],
    })
    session.ports.answering = () => 'ERROR: no\n'
    expect(await session.json('nosuspend')).toMatchObject({ ok: false, text: 'ERROR: no' })
  })
})

describe('A12: --wait against nodes of Ring', () => {
  test('the node waits; the command ends with what it says', async () => {
    const session = new SimulatedSession()
    session.ports.answering = () =>
      '{"form":1,"ok":true,"command":"MERGE","code":"done","text":"","details":["3 servers fetched 12 items"]}\n'
    const { code, out } = await session.run('merge start --wait')
    expect(session.ports.told).toEqual([expect.stringMatching(/ MERGE WAIT JSON$/)])
    expect([code, out]).toEqual([0, expect.stringMatching(/ says SUCCEED\n {2}3 servers fetched 12 items\n$/)])
  })

  test('a node that never answers has had its time: nobody else is told', async () => {
    const session = new SimulatedSession()
    session.ports.answering = () => undefined
    const { code, err } = await session.run(`serviceout ${third} --wait --wait-time 10s`)
    expect([code, session.ports.told.length]).toEqual([75, 1])
    expect(err).toContain('has not happened in 10 s')
    expect(session.clock.monotonicMs()).toBe(12_000)
  })

  test('SUSPENDMERGE has nothing to wait for', async () => {
    const session = new SimulatedSession()
    session.ports.answering = () =>
      '{"form":1,"ok":false,"command":"SUSPENDMERGE","code":"not-suspended","text":"no"}\n'
    expect(await session.json('suspend')).toMatchObject({ ok: false, code: 'not-suspended' })
    expect(session.ports.told).toEqual([expect.stringMatching(/ SUSPENDMERGE JSON$/)])
  })
})
