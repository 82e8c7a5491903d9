import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { commandWords } from '../core/commands/command-table.ts'
import { dumpAnswer } from './ring-access.ts'
import { SimulatedSession } from './simulated-session.testdata.ts'

describe('A12: commands that look', () => {
  test('nodes, as text and as JSON', async () => {
    const session = new SimulatedSession({ slaves: 2, isRing: false })
    const { out } = await session.run('nodes')
    expect(out).toContain('3 servers, 2 slaves')
    const { nodes } = (await session.json('nodes slave')) as { nodes: readonly { node: string }[] }
    expect(nodes.map(({ node }) => node)).toEqual(['slave0.example:8031', 'slave1.example:8031'])
  })

  test('check ends with 1 when something is wrong, and with 0 for a warning', async () => {
    const session = new SimulatedSession({ isRing: false })
    expect(await session.run('check')).toMatchObject({ code: 0, out: expect.stringContaining('all agree') as string })
    session.ring.say('server1.example:8021', { pendingHash: 9 }, 'server0.example:8021')
    expect(await session.run('check')).toMatchObject({ code: 0 })
    session.ring.kill('server1.example:8021')
    const { code, out } = await session.run('check')
    expect(code).toBe(1)
    expect(out).toContain('mend:    serviceout server1.example:8021; merge start; merge complete')
  })

  test('check NODE shows what each other says of it', async () => {
    const session = new SimulatedSession({ isRing: false })
    session.ring.state('server2.example:8021', { progress: 'done' }, 'slave0.example:8031')
    const { code, out } = await session.run('check server2.example')
    expect(code).toBe(1)
    expect(out).toMatch(/slave0\.example:8031 .* Done /)
  })

  test('with noupdate nobody is asked anew', async () => {
    const session = new SimulatedSession({ isRing: false })
    await session.run('update')
    session.ring.kill('server1.example:8021')
    expect(await session.run('check noupdate')).toMatchObject({ code: 0 })
    expect(await session.run('check')).toMatchObject({ code: 1 })
  })

  test('with nodyna only the configured nodes are shown', async () => {
    const session = new SimulatedSession({ isRing: false })
    const { nodes } = (await session.json('nodes nodyna')) as { nodes: readonly unknown[] }
    expect(nodes).toHaveLength(1)
  })

  test('version asks all at once, and says who does not answer', async () => {
    const session = new SimulatedSession({ isRing: false })
    session.ports.answering = (label) => (label.startsWith('server1') ? undefined : 'Version 1.0.113\n')
    const { code, out } = await session.run('version')
    expect(code).toBe(0)
    expect(out).toMatch(
      /server0\.example:8021 {2}Version 1\.0\.113\nserver1\.example:8021 {2}no answer: no answer within 5 s/,
    )
    expect(session.clock.monotonicMs()).toBe(5_000)
  })

  test('a dead node ends a command at its time, with a clear line', async () => {
    const session = new SimulatedSession({ isRing: false })
    session.ports.answering = () => undefined
    const { code, err } = await session.run('status self server1.example:8021 --timeout 2s')
    expect(code).toBe(1)
    expect(err).toBe(
      'ring-linetool: server1.example:8021 does not answer: no answer within 2 s [RING_CONTROL_TIMEOUT]\n',
    )
    expect(session.clock.monotonicMs()).toBe(2_000)
  })

  test('nobody answers: exit code 69, and who was asked', async () => {
    const session = new SimulatedSession({ isRing: false })
    for (const label of session.ring.labels) session.ring.kill(label)
    expect(await session.run('nodes')).toMatchObject({
      code: 69,
      err: expect.stringContaining('No node answers') as string,
    })
    expect(await session.json('nodes')).toMatchObject({ ok: false, error: { code: 'RING_LINETOOL_NO_NODE' } })
  })

  test('trace and traceview go to one node', async () => {
    const session = new SimulatedSession({ isRing: false })
    await session.run('trace enable', 'traceview dir=out 5 slave0.example:8031')
    expect(session.ports.told).toEqual(['server0.example:8021 TRACE enable', 'slave0.example:8031 TRACEVIEW DIR=OUT 5'])
    session.ports.answering = () => 'ERROR: There is no matched trace log now.\n'
    expect(await session.run('traceview')).toMatchObject({ code: 0 })
  })
})

describe('A12: the session', () => {
  test('--json gives one document for each command, also for one that fails', async () => {
    const session = new SimulatedSession({ isRing: false, start: ['--json'] })
    const { out } = await session.run('status')
    expect(JSON.parse(out)).toMatchObject({ form: 1, command: 'status', ok: true })
    expect(JSON.parse((await session.run('nosuch')).out)).toMatchObject({
      ...{ form: 1, command: null, ok: false, error: { code: 'RING_LINETOOL_USAGE' } },
    })
  })

  test('!! and !n run a line again, and say which', async () => {
    const session = new SimulatedSession({ isRing: false })
    session.history = ['echo one', 'echo two']
    expect(await session.run('!1')).toMatchObject({ out: 'one\n', err: 'echo one\n' })
    expect(await session.run('!! three')).toMatchObject({ out: 'two three\n' })
    expect(await session.run('!9')).toMatchObject({ code: 2 })
    expect((await session.run('history 1')).out).toBe('2  echo two\n')
  })

  test('a loop of lines up to a dot, for so many rounds', async () => {
    const session = new SimulatedSession({ isRing: false })
    expect((await session.run('loop 2 3', 'echo a', 'echo b', '.')).out).toBe('a\nb\na\nb\na\nb\n')
    expect(session.clock.monotonicMs()).toBe(4_000)
    expect(session.session.isInLoop).toBe(false)
  })

  test('a loop of loopcmd lines begins with the first other line, which runs after it', async () => {
    const session = new SimulatedSession({ isRing: false })
    expect((await session.run('loop 1 2', 'loopcmd echo a', 'lcmd echo b', 'echo c')).out).toBe('a\nb\na\nb\nc\n')
  })

  test('a loop within a loop is refused, and the session goes on', async () => {
    const session = new SimulatedSession({ isRing: false })
    expect(await session.run('loop 1 1', 'loop 1 1', '.')).toMatchObject({ code: 2 })
    expect((await session.run('echo on')).out).toBe('on\n')
  })

  test('a file: comments and empty lines pass; it ends at the first failure, with its code', async () => {
    const session = new SimulatedSession({ isRing: false })
    session.machine.files.set('cmds', '# begin\n\necho one\nnosuch\necho two')
    expect(await session.run('load cmds')).toMatchObject({ code: 2, out: 'one\n' })
    const going = new SimulatedSession({ isRing: false, start: ['--keep-going'] })
    going.machine.files.set('cmds', 'echo one\nnosuch\ncheck nowhere:1\necho two')
    expect(await going.run('load cmds')).toMatchObject({
      code: 2,
      out: expect.stringMatching(/^one\n[^]*two\n$/) as string,
    })
    expect(await session.run('load nothing')).toMatchObject({ code: 1 })
  })

  test('a file that loads itself ends', async () => {
    const session = new SimulatedSession({ isRing: false })
    session.machine.files.set('cmds', 'load cmds')
    expect(await session.run('load cmds')).toMatchObject({ code: 2, err: expect.stringContaining('deep') as string })
  })

  test('quit in a file ends the session', async () => {
    const session = new SimulatedSession({ isRing: false })
    session.machine.files.set('cmds', 'echo one\nquit\necho two')
    expect(await session.run('load cmds')).toMatchObject({ code: 0, out: 'one\n' })
    expect(session.session.isOver).toBe(true)
  })

  test('save asks before it replaces a file', async () => {
    const session = new SimulatedSession({ isRing: false })
    session.history = ['nodes', 'check']
    await session.run('save out')
    expect(session.machine.files.get('out')).toBe('nodes\ncheck\n')
    session.desk.isInteractive = true
    session.desk.answer = false
    expect(await session.run('save out')).toMatchObject({ code: 3 })
  })

  test('shell, dbglevel, dchmpx, help, sleep', async () => {
    const session = new SimulatedSession({ isRing: false })
    await session.run('! ls -l', '!', 'shell date')
    expect(session.machine.shells).toEqual(['ls -l', undefined, 'date'])
    expect((await session.run('dbglevel msg')).out).toBe('The level is msg.\n')
    expect((await session.run('dbglevel')).out).toBe('The level is dump.\n')
    expect((await session.run('dchmpx on')).out).toContain('no effect')
    expect((await session.run('help serviceout')).out).toContain('serviceout [noupdate] [NODE] [TARGET]')
    await session.run('sleep 1.5')
    expect(session.clock.monotonicMs()).toBe(1_500)
  })

  test('Ctrl-C ends the command that runs, and not the session', async () => {
    const session = new SimulatedSession({ isRing: false })
    session.ports.answering = () => undefined
    session.clock.after(1_000, () => session.session.interrupt())
    expect(await session.run('version')).toMatchObject({
      code: 130,
      err: expect.stringContaining('Interrupted') as string,
    })
    expect(await session.run('echo on')).toMatchObject({ code: 0, out: 'on\n' })
    session.clock.after(2_500, () => session.session.interrupt())
    expect(await session.run('loop 1', 'echo a', '.')).toMatchObject({ code: 130, out: 'a\na\na\n' })
  })

  test('-lap says how long a command took', async () => {
    const session = new SimulatedSession({ isRing: false, start: ['-lap'] })
    expect((await session.run('sleep 2')).err).toBe('(2.000 s)\n')
  })

  test('watch repeats a command until it is enough', async () => {
    const session = new SimulatedSession({ isRing: false })
    session.desk.enoughAfter = 3
    const { code, out } = await session.run('watch 1 echo a')
    expect([code, out]).toEqual([0, 'every 1 s: echo a\na\n'.repeat(3)])
    session.desk.shows = 0
    const { out: json } = await session.run('watch 1 update --json')
    expect(
      json
        .trim()
        .split('\n')
        .map((one) => (JSON.parse(one) as { command: string }).command),
    ).toEqual(['update', 'update', 'update'])
    expect(await session.run('watch 1 sleep 1')).toMatchObject({ code: 2 })
    expect(await session.run('watch 1')).toMatchObject({ code: 2 })
  })

  test('top for so many rounds', async () => {
    const session = new SimulatedSession({ isRing: false })
    const { code, out } = await session.run('top 1 2')
    expect([code, out.match(/ring shop/g)?.length]).toEqual([0, 2])
    const { out: json } = await session.run('top 1 2 --json')
    expect(
      json
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { command: string }).command),
    ).toEqual(['top', 'top'])
  })

  test('any line ends in an exit code', async () => {
    const word = fc.oneof(
      fc.constantFrom(...commandWords.filter((one) => one !== 'top' && one !== 'watch')),
      fc.string({ unit: 'binary' }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(word, { maxLength: 4 }), async (words) => {
        const session = new SimulatedSession({ isRing: false, servers: 1, slaves: 0 })
        const { code } = await session.run(words.join(' '))
        expect([0, 1, 2, 3, 69]).toContain(code)
      }),
      { numRuns: 200 },
    )
  })

  test('any reply ends in an exit code, and no control character reaches the terminal', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 300 }), async (reply) => {
        const session = new SimulatedSession({ isRing: false, servers: 1, slaves: 0 })
        session.ports.answering = () => reply
        for (const line of ['merge start', 'version', 'status self', 'traceview', 'dump']) {
          const { out } = await session.run(line)
          expect(out).not.toMatch(/(?![\n\t])\p{Cc}/u)
        }
      }),
      { numRuns: 100 },
    )
  })

  test('any answer to DUMP is one, or a node that says nothing', () => {
    const reply = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc.json().map((dump) => `{"form":1,"ok":true,"dump":${dump}}`),
    )
    fc.assert(
      fc.property(reply, (text) => {
        const answer = dumpAnswer(text)
        if (answer.kind === 'silent') expect(answer.why).not.toMatch(/\p{Cc}/u)
      }),
    )
  })

  test('what nodes call themselves, and say, cannot steer the terminal', async () => {
    const session = new SimulatedSession()
    const evil = 'x\u001b[2J\u0007\r\ny'
    session.ring.say('server0.example:8021', { name: evil, cuk: evil, customSeed: evil, ctlendpoints: [evil] })
    session.ring.change(undefined, () => ({ group: evil }))
    const merge = {
      id: evil,
      phase: evil,
      startedBy: evil,
      waitingFor: [{ server: evil, why: evil }],
      progress: [{ server: evil, items: 1, bytes: 1 }],
    }
    session.ring.insight(undefined, {
      coordinator: evil,
      warnings: [evil],
      merge,
      quorum: { mode: 'majority', isPrimary: false, voters: [], missing: [evil] },
    })
    session.ports.answering = () => `ERROR: ${evil}\n`
    for (const line of [
      'nodes',
      'status',
      'status all',
      'status self',
      'check',
      'version',
      'top 1 1',
      'merge start',
      'serviceout server1.example',
    ]) {
      const { out, err } = await session.run(line)
      expect(out + err, line).not.toMatch(/(?![\n\t])\p{Cc}/u)
    }
  })
})
