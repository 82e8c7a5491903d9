import { describe, expect, it } from 'vitest'
import { CountingTarget, capturedDump } from '../../counting-target.testdata.ts'
import { TraceLog } from '../trace-log.ts'
import { allCommands } from './all-commands.ts'
import type { Access } from './command-table.ts'
import { dispatch } from './dispatcher.ts'
import { chmpxOutcome } from './outcome.ts'

function node(traceEntries = 100) {
  const target = new CountingTarget()
  const trace = new TraceLog(traceEntries)
  const table = allCommands(target, trace)
  const { signal } = new AbortController()
  const ask = async (line: string, access: Access = 'change') => {
    const dispatched = dispatch(table, line, access)
    return 'reply' in dispatched ? dispatched.reply : dispatched.run({ from: '127.0.0.1', connections: 1, signal })
  }
  return { target, trace, table, ask }
}

describe('A6: the commands of the control port', () => {
  it('answers what CHMPX answered, word for word', async () => {
    const { ask, target } = node()
    const said: readonly (readonly [string, string])[] = [
      ['VERSION', 'Version 1.0.113 (commit: c569e0e) with OpenSSL\n'],
      ['version\n', 'Version 1.0.113 (commit: c569e0e) with OpenSSL\n'],
      ['  VERSION  ', 'Unknown command()\n'],
      ['', 'Unknown command()\n'],
      ['FOO', 'Unknown command(FOO)\n'],
      ['foo bar baz', 'Unknown command(foo)\n'],
      ['QUIT', 'Unknown command(QUIT)\n'],
      ['UPDATESTATUS', 'SUCCEED\n'],
      ['SUSPENDMERGE', 'SUCCEED\n'],
      ['SERVICEOUT 10.99.0.1:9041', 'SUCCEED\n'],
      [
        'SERVICEOUT',
        'ERROR: SERVICEOUT command must have parameter as server/ctlport.(ex: "SERVICEOUT servername.fqdn:ctlport")\n',
      ],
      [
        'SERVICEOUT localhost',
        'ERROR: SERVICEOUT command must have parameter as server/ctlport.(ex: "SERVICEOUT servername.fqdn:ctlport")\n',
      ],
      ['TRACE', 'ERROR: TRACE command must have parameter as enable/disable.(ex: "TRACE enable")\n'],
      ['TRACE enable', 'SUCCEED\n'],
      ['TRACE on', 'ERROR: TRACE is already enabled/disabled.\n'],
      ['TRACEVIEW', 'ERROR: There is no matched trace log now.\n'],
      ['TRACEVIEW DIR=IN DEV=MQ 3', 'ERROR: There is no matched trace log now.\n'],
      ...['TRACEVIEW DIR=XX', 'TRACEVIEW 0', 'TRACEVIEW dir=in'].map(
        (line) =>
          [
            line,
            'ERROR: TRACEVIEW command parameter is "TRACEVIEW [DIR=IN/OUT/ALL] [DEV=SOCK/MQ/ALL] [COUNT]"\n',
          ] as const,
      ),
      ['TRACE off', 'SUCCEED\n'],
    ]
    for (const [line, reply] of said) expect(await ask(line), line).toBe(reply)
    expect(target.executed.map(({ name }) => name)).toEqual(['UPDATESTATUS', 'SUSPENDMERGE', 'SERVICEOUT'])
  })

  it('A6: SUSPEND and NOSUSPEND are other spellings', async () => {
    const { ask, target } = node()
    expect(await ask('suspend')).toBe('SUCCEED\n')
    expect(await ask('NoSuspend wait')).toBe('SUCCEED\n')
    expect(target.executed.map(({ name, wait }) => [name, wait])).toEqual([
      ['SUSPENDMERGE', false],
      ['NOSUSPENDMERGE', true],
    ])
  })

  it('A7: SERVICEOUT names any server, and says which there are where it names none', async () => {
    const { ask, target } = node()
    expect(await ask('SERVICEOUT nohost:1234')).toBe(
      'ERROR: There is no such as server.\n' +
        '  The servers of this ring: 10.99.0.1:9021, 10.99.0.1:9031, 10.99.0.1:9041.\n',
    )
    // A slave's control port is no server's.
    expect(await ask('SERVICEOUT 10.99.0.1:9022')).toMatch(/^ERROR: There is no such as server\.\n/)
    await ask('SERVICEOUT 10.99.0.1:9031 --force')
    expect(target.executed).toMatchObject([{ server: { ctlport: 9031 }, force: true, plan: false }])
  })

  it('A7: SERVICEOUT tells servers of one host and port apart by what CHMPXIDTYPE names, and takes none of them by chance', async () => {
    const { ask, target } = node()
    const [first] = capturedDump.servers
    target.told = { ...capturedDump, servers: ['one', 'two'].map((cuk) => ({ ...first!, cuk })) }
    expect(await ask('SERVICEOUT 10.99.0.1:9021')).toBe(
      'ERROR: 10.99.0.1:9021 fits several servers.\n' +
        '  Name the one that is meant in full: 10.99.0.1:9021:one and 10.99.0.1:9021:two.\n',
    )
    expect(target.executed).toEqual([])
    await ask('SERVICEOUT 10.99.0.1:9021:two')
    expect(target.executed).toMatchObject([{ server: { cuk: 'two' } }])
  })

  it('refuses words that it would have to ignore, and changes nothing', async () => {
    const { ask, target } = node()
    for (const line of [
      'SERVICEIN 10.99.0.1:9031',
      'MERGE --dry-run',
      'ABORTMERGE FORCE',
      'SERVICEOUT a:1 b:2',
      'DUMP --wait',
    ])
      expect(await ask(line), line).toMatch(/^ERROR: .*\n {2}Usage: /)
    expect(target.executed).toEqual([])
  })

  it('A11: who may look only runs what changes nothing; who is refused nothing at all', async () => {
    const { ask, target } = node()
    const changing = [
      'UPDATESTATUS',
      'SERVICEIN',
      'SERVICEOUT 10.99.0.1:9031',
      'MERGE',
      'COMPMERGE',
      'ABORTMERGE',
      'SUSPEND',
      'NOSUSPEND',
      'TRACE on',
    ]
    for (const line of changing)
      expect(await ask(line, 'read'), line).toMatch(/^ERROR: \w+ is not permitted from this host\.\n/)
    for (const line of ['VERSION', 'DUMP', 'HELP', ...changing])
      expect(await ask(line, 'refused')).toMatch(/not permitted/)
    expect(target.executed).toEqual([])
    expect(await ask('SERVICEOUT 10.99.0.1:9031 PLAN', 'read')).toBe('SUCCEED\n')
    expect(target.executed).toMatchObject([{ plan: true }])
    expect(await ask('VERSION', 'read')).toMatch(/^Version /)
  })

  it('on a slave, what is about the server itself is refused in the words of CHMPX', async () => {
    const { ask, target } = node()
    target.told = { ...capturedDump, self: capturedDump.slaves[0]! }
    for (const line of ['UPDATESTATUS', 'SERVICEIN', 'SUSPENDMERGE', 'NOSUSPENDMERGE'])
      expect(await ask(line)).toBe('ERROR: The command can not be executed on the slave node.\n')
    expect(target.executed).toEqual([])
    expect(await ask('SERVICEOUT 10.99.0.1:9021')).toBe('SUCCEED\n')
  })

  it('says what happened, in details that CHMPX tools pass over', async () => {
    const { ask, target } = node()
    target.outcome = () =>
      chmpxOutcome('not-completed', ['b:1 is still DOING, so it has not SUCCEEDed.\nABORTMERGE gives up.'])
    // One detail is one line, and no error holds the word that CHMPX's tools look for.
    expect(await ask('COMPMERGE')).toBe(
      'ERROR: Failed to complete merging.\n  b:1 is still DOING, so it has not succeeded.?ABORTMERGE gives up.\n',
    )
    expect(JSON.parse(await ask('COMPMERGE JSON'))).toMatchObject({
      form: 1,
      ok: false,
      command: 'COMPMERGE',
      code: 'not-completed',
    })
  })

  it('a target that throws is a failure that is told, not one that ends anything', async () => {
    const { ask, target } = node()
    target.outcome = () => {
      throw new Error('no quorum')
    }
    expect(await ask('MERGE')).toBe('ERROR: MERGE failed: no quorum\n  SELFSTATUS shows what it came to.\n')
    expect(JSON.parse(await ask('MERGE json'))).toMatchObject({ ok: false, code: 'failed' })
  })

  it('F1: shows no secret, in whatever a node hides it', async () => {
    const { ask, target } = node()
    const canary = 'CANARY-of-a-key'
    const [first] = capturedDump.servers
    const secrets = { privateKey: canary, token: canary, serverPrikey: `/keys/${canary}`, key: { pem: canary } }
    const self = { ...first!, ...secrets, tls: { ...first!.tls, ...secrets } }
    const { configuration, traffic } = capturedDump
    const dump = { ...capturedDump, ...secrets, self, servers: [self], slaves: [self] }
    target.told = { ...dump, configuration: { ...configuration, ...secrets }, traffic: { ...traffic, ...secrets } }
    for (const line of ['SELFSTATUS', 'ALLSTATUS', 'DUMP'])
      for (const form of ['', ' JSON']) {
        const reply = await ask(line + form)
        expect(reply.length).toBeGreaterThan(200)
        expect(reply, line + form).not.toContain('CANARY')
      }
    // CHMPX's tools look for the lines of the private keys; they are there, and empty.
    expect(await ask('DUMP')).toMatch(/server_prikey {4}= \n.*\n {4}slave_prikey {5}= \n/)
  })

  it('makes the control characters of an unknown command harmless', async () => {
    const { ask } = node()
    expect(await ask('\u001b[2J\u0007rm')).toBe('Unknown command(?[2J?rm)\n')
    expect(await ask('x'.repeat(5000))).toBe(`Unknown command(${'x'.repeat(200)}...)\n`)
  })

  it('lists and explains all commands', async () => {
    const { ask, table } = node()
    const all = await ask('HELP')
    for (const { name, aliases = [] } of table.forms())
      for (const word of [name, ...aliases]) expect(all).toContain(word)
    expect(await ask('HELP serviceout')).toBe(
      'SERVICEOUT host:ctlport[:identity] [JSON] [WAIT] [PLAN] [FORCE]\n' +
        '    Take any server out of service, also one that is dead. FORCE: also without a quorum.\n',
    )
    expect(await ask('HELP keep')).toMatch(/^KEEP\n/)
    expect(await ask('HELP nothing')).toMatch(/^ERROR: There is no command nothing\.\n/)
    expect(JSON.parse(await ask('HELP JSON'))).toMatchObject({ form: 1, ok: true })
  })

  it('takes commands of other parts, but no name twice', async () => {
    const { ask, table } = node()
    const form = {
      name: 'LOCKS',
      usage: '',
      argumentsMax: 0,
      kind: 'read',
      options: ['json'],
      help: 'Show the locks.',
    } as const
    table.register(form, () => ({ text: () => 'none\n', json: () => ({ locks: [] }) }))
    expect(await ask('locks')).toBe('none\n')
    expect(await ask('locks JSON')).toBe('{"form":1,"ok":true,"command":"LOCKS","locks":[]}\n')
    const handler = () => chmpxOutcome('done')
    for (const name of ['LOCKS', 'DUMP', 'SUSPEND', 'KEEP', 'lower', 'TWO WORDS', ''])
      expect(() => table.register({ ...form, name }, handler), name).toThrow(/cannot be added/)
    // Refused as a whole.
    expect(() => table.register({ ...form, name: 'FRESH', aliases: ['DUMP'] }, handler)).toThrow()
    expect(await ask('FRESH')).toBe('Unknown command(FRESH)\n')
  })
})
