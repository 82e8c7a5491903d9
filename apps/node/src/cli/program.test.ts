import { CommanderError } from 'commander'
import { describe, expect, it } from 'vitest'
import { commandLine, type RunRequest } from './program.ts'

/** What the arguments ask for, or what is said of them. */
async function parse(...args: readonly string[]): Promise<RunRequest | string> {
  let request: RunRequest | undefined
  let said = ''
  const program = commandLine((one) => {
    request = one
    return Promise.resolve()
  })
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({
      writeErr: (text) => {
        said += text
      },
    })
  }
  try {
    await program.parseAsync(args, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
  }
  return request ?? said
}

describe('B2: ring-node run', () => {
  it('B2: makes a configuration of flags where there is no file', async () => {
    const request = await parse(
      ...['run', '--group', 'shop', '--ctlport', '9021', '--bind', '127.0.0.1'],
      ...['--discovery', 'ping,tcpgossip', '--routers', 'a,b:1'],
    )
    expect(request).toMatchObject({ ctlPort: 9021, discovery: ['ping', 'tcpgossip'] })
    const { configuration } = request as RunRequest
    expect(JSON.parse((configuration as { text: string }).text)).toMatchObject({
      GLOBAL: { GROUP: 'shop' },
      RING: { BIND: '127.0.0.1', ROUTERS: 'a,b:1' },
    })
  })

  it('B2: says which flags do not fit', async () => {
    expect(await parse('run', '--bind', '127.0.0.1')).toMatch(/--bind .*--group/)
    expect(await parse('run', '--config', 'r.ini', '--group', 'shop')).toMatch(/--group .*r\.ini/)
    expect(await parse('run', '--group', 'shop', '--discovery', 'ping,pong')).toMatch(/must be one or more of/)
    expect(await parse('run', '--group', 'shop', '--port', '0')).toMatch(/must be a port/)
  })
})
