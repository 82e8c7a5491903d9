import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { linetool, noTerminal, run, runOnTerminal } from './linetool-process.ts'
import { ServedRing } from './served-ring.testdata.ts'

const folder = mkdtempSync(join(tmpdir(), 'ring-linetool-'))
/** Neither the state nor the nodes of whoever runs the tests. */
const surroundings = (name: string) => ({
  ...{ XDG_STATE_HOME: join(folder, name), XDG_RUNTIME_DIR: join(folder, name, 'run') },
  ...{ NO_COLOR: '1', FORCE_COLOR: '0', RING_CONF: '', RING_JSON: '' },
})
const escape = String.fromCharCode(27)

let served: ServedRing

beforeAll(async () => {
  served = await ServedRing.open()
})

beforeEach(() => {
  served.told.length = 0
})

afterAll(() => {
  served.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('A12: one-shot commands', () => {
  test('status as text and as JSON', async () => {
    const { code, out, err } = await run([...served.start, 'status'], '', surroundings('one'))
    expect({ code, err }).toEqual({ code: 0, err: '' })
    for (const label of served.labels) expect(out).toContain(label)
    expect(out).toContain(`coordinator ${served.labels[0]!} | primary`)
    const json = await run([...served.start, 'status', '--json'], '', surroundings('one'))
    expect(JSON.parse(json.out)).toMatchObject({ form: 1, command: 'status', ok: true, group: 'shop' })
  })

  test('serviceout HOST:PORT --wait --json against a node of Ring waits there', async () => {
    const target = served.labels[2]!
    const { code, out } = await run(
      [...served.start, 'serviceout', target, '--wait', '--json'],
      '',
      surroundings('one'),
    )
    expect([code, served.told]).toEqual([0, [`${target} SERVICEOUT`]])
    expect(JSON.parse(out)).toMatchObject({ ok: true, server: target, told: target, code: 'done', waited: true })
    await run([...served.start, 'merge', 'abort'], '', surroundings('one'))
  })

  test('--plan tells what would move', async () => {
    const { out } = await run([...served.start, 'serviceout', served.labels[1]!, '--plan'], '', surroundings('one'))
    expect(out).toContain('342 of 1024 partitions would move')
  })

  test('a configuration names the ring, and its CHMPX spelling does', async () => {
    const [first, ...others] = served.labels.slice(0, 3).map((label) => label.split(':')[1]!)
    const servers = [first!, ...others].map(
      (port) => `[SVRNODE]\nNAME = 127.0.0.1\nPORT = ${Number(port) - 1}\nCTLPORT = ${port}\n`,
    )
    const file = join(folder, 'ring.ini')
    writeFileSync(
      file,
      `[GLOBAL]\nGROUP = shop\nFILEVERSION = 1\nDELIVERMODE = hash\n\n${servers.join('\n')}\n[SLVNODE]\nNAME = [.]*\nCTLPORT = 1\n`,
    )
    for (const option of ['--config', '-conf']) {
      const { code, out } = await run([option, file, 'nodes'], '', surroundings('one'))
      expect([code, out]).toEqual([0, expect.stringContaining('3 servers, 1 slave')])
    }
  })

  test('with no arguments it connects to the node that runs on this machine', async () => {
    const around = surroundings('here')
    const directory = join(around.XDG_RUNTIME_DIR, 'ring-0123456789ab')
    const [host, port] = served.labels[1]!.split(':')
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    writeFileSync(join(directory, 'control.json'), JSON.stringify({ host, port: Number(port) }))
    expect(await run([], 'nodes', around)).toMatchObject({
      code: 0,
      out: expect.stringContaining('3 servers, 1 slave') as string,
    })
    expect(await run(['--runtime-dir', directory, 'check'], '', around)).toMatchObject({ code: 0 })
    const nowhere = await run(['nodes'], '', surroundings('nowhere'))
    expect(nowhere).toMatchObject({ code: 69, err: expect.stringContaining('No node of this user runs') as string })
  })

  test('a node that does not answer ends a command at its time', async () => {
    const { code, err } = await run(['--host', '127.0.0.1:1', 'status', '--timeout', '2s'], '', surroundings('one'))
    expect([code, err]).toEqual([69, expect.stringContaining('127.0.0.1:1 (nothing listens there)')])
  })

  test('--help and --version', async () => {
    const help = await run(['--help'], '', surroundings('one'))
    expect(help).toMatchObject({ code: 0, out: expect.stringContaining('ring-linetool') as string })
    expect((await run(['serviceout', '--help'], '', surroundings('one'))).out).toContain('take a server out of service')
    expect((await run(['--version'], '', surroundings('one'))).out).toMatch(/^ring-linetool \d/)
    expect(await run(['--confg'], '', surroundings('one'))).toMatchObject({ code: 2 })
  })
})

describe('A12: a pipe and a file', () => {
  test('lines run one after the other, the last one without a newline too; no colours, no erase codes', async () => {
    const around = { ...surroundings('pipe'), NO_COLOR: undefined, FORCE_COLOR: undefined }
    const { code, out } = await run(
      served.start,
      'echo one\nsleep 0.2\nstatus\ntop 0.1 2\nwatch 1 nosuch\necho two',
      around,
    )
    expect(code).toBe(2)
    expect(out).not.toContain(escape)
    expect(out.startsWith('one\nring shop')).toBe(true)
    expect(out).not.toContain('two')
    expect((await run(served.start, 'echo one\necho two', around)).out).toBe('one\ntwo\n')
  })

  test('the exit code is that of the first command that failed', async () => {
    const lines = 'check nowhere:1\nnosuch\necho end'
    expect(await run([...served.start, '--keep-going'], lines, surroundings('pipe'))).toMatchObject({
      code: 1,
      out: expect.stringContaining('end') as string,
    })
    const file = join(folder, 'commands')
    writeFileSync(file, `echo begin\n${lines}`)
    for (const option of ['--run', '-run']) {
      const { code, out } = await run([...served.start, option, file], '', surroundings('pipe'))
      expect([code, out.includes('begin'), out.includes('end')]).toEqual([1, true, false])
    }
    expect(await run(['--run', join(folder, 'none')], '', surroundings('pipe'))).toMatchObject({ code: 1 })
  })

  test('INT ends the command that runs, with 130', async () => {
    const [command, ...args] = [...linetool, ...served.start]
    const child = spawn(command!, args, { env: { ...process.env, ...surroundings('pipe') }, stdio: 'pipe' })
    child.stdin.write('echo ready\nsleep 600\necho never\n')
    let out = ''
    child.stdout.on('data', (text) => {
      if (out === '') child.kill('SIGINT')
      out += String(text)
    })
    const [code] = (await once(child, 'close')) as [number | null]
    expect([code, out]).toEqual([130, 'ready\n'])
  })

  test('a reader that has gone is no fault', () => {
    const words = [...linetool, '--help'].map((word) => `'${word}'`).join(' ')
    const { stdout, stderr } = spawnSync('sh', ['-c', `{ ${words}; echo "code $?" >&2; } | head -1`], {
      encoding: 'utf8',
    })
    expect([stdout, stderr]).toEqual([expect.stringMatching(/^ring-linetool talks/), 'code 0\n'])
  })
})

describe.runIf(noTerminal === '')(`A12: on a terminal${noTerminal}`, () => {
  test('a session: a table, completion of commands and nodes, a question, Ctrl-C, Ctrl-D', async () => {
    const around = surroundings('terminal')
    const target = served.labels[2]!
    // What all names begin with is completed.
    const length = [...target.matchAll(/./g)].findIndex(({ index }) =>
      served.labels.some((label) => label[index] !== target[index]),
    )
    const common = target.slice(0, length)
    const steps = [
      ['ring> ', 'nodes\r'],
      ['3 servers, 1 slave', ''],
      ['ring> ', 'servi\t'],
      ['service', '\t'],
      ['serviceout', '\u0015'],
      ['', 'serviceout 127\t'],
      [common.slice('127'.length), `${target.slice(common.length)}\r`],
      ['[y/N] ', 'n\r'],
      ['Nothing was done', ''],
      ['ring> ', 'sleep 60\r'],
      ['sleep 60', '\u0003'],
      ['Interrupted', ''],
      ['ring> ', 'echo still here\r'],
      ['ring> ', '!!\r'],
      ['ring> ', '\u0004'],
    ] as const
    const { code, out, err } = await runOnTerminal(served.start, steps, around)
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(served.told).toEqual([])
    const shown = stripVTControlCharacters(out)
    expect(shown.match(/still here/g)!.length).toBeGreaterThanOrEqual(3)
    const history = join(around.XDG_STATE_HOME, 'ring', 'linetool-history')
    expect(readFileSync(history, 'utf8')).toContain(`nodes\nserviceout ${target}\nsleep 60\necho still here\n`)
    expect(statSync(history).mode & 0o777).toBe(0o600)
  })

  test('top draws in place, anew when the window changes, and ends with q', async () => {
    const steps = [
      ['all agree', 'WINCH'],
      ['all agree', 'q'],
    ] as const
    const { code, out } = await runOnTerminal([...served.start, 'top', '0.2'], steps, surroundings('terminal'))
    expect(code).toBe(0)
    expect(out).toContain(`${escape}[`)
    expect(stripVTControlCharacters(out)).toContain('messages/s')
  })

  test('top within a session leaves the line editor as it was', async () => {
    const steps = [
      ['ring> ', 'top 0.2\r'],
      ['all agree', 'q'],
      ['ring> ', 'echo after\r'],
      ['after', ''],
      ['ring> ', 'quit\r'],
    ] as const
    expect(await runOnTerminal(served.start, steps, surroundings('terminal'))).toMatchObject({ code: 0 })
  })

  test('two sessions share one history and lose no line of each other', async () => {
    const around = surroundings('two')
    const typed = (name: string) => Array.from({ length: 25 }, (_, count) => `echo ${name} ${count}`)
    const steps = (name: string) => [
      ...typed(name).map((line) => ['ring> ', `${line}\r`] as const),
      ['ring> ', '\u0004'] as const,
    ]
    const ends = await Promise.all(['a', 'b'].map((name) => runOnTerminal(served.start, steps(name), around)))
    expect(ends.map(({ code }) => code)).toEqual([0, 0])
    const lines = readFileSync(join(around.XDG_STATE_HOME, 'ring', 'linetool-history'), 'utf8')
      .trimEnd()
      .split('\n')
    expect(lines.sort()).toEqual([...typed('a'), ...typed('b')].sort())
  })
})
