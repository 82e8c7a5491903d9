import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, stat, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { listenUnix } from './unix-listener.ts'

const place = async (): Promise<string> => join(await mkdtemp(join(tmpdir(), 'ring-')), 'run')

describe('listenUnix', () => {
  it('makes a socket of mode 0600 in a directory of mode 0700', async () => {
    const directory = await place()
    const listener = await listenUnix(join(directory, 'program.sock'), (socket) => socket.end())
    expect((await stat(directory)).mode & 0o777).toBe(0o700)
    expect((await stat(listener.path)).mode & 0o777).toBe(0o600)
    const socket = connect(listener.path)
    await once(socket, 'close')
    await listener.close()
    await expect(stat(listener.path)).rejects.toThrow('ENOENT')
  })

  it('replaces the socket of a dead process, not that of a living one', async () => {
    const path = join(await place(), 'program.sock')
    const listener = await listenUnix(path, (socket) => socket.end())
    await expect(listenUnix(path, () => undefined)).rejects.toMatchObject({ code: 'RING_SOCKET_IN_USE' })
    await listener.close()
    const script = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 9))`
    spawnSync(process.execPath, ['-e', script])
    expect((await stat(path)).isSocket()).toBe(true)
    await (await listenUnix(path, () => undefined)).close()
  })

  it('refuses a directory that others may enter, a plain file, and a path that is too long', async () => {
    const directory = await place()
    await (await listenUnix(join(directory, 'a'), () => undefined)).close()
    await writeFile(join(directory, 'file'), '')
    await expect(listenUnix(join(directory, 'file'), () => undefined)).rejects.toMatchObject({
      code: 'RING_SOCKET_IN_USE',
    })
    await chmod(directory, 0o755)
    await expect(listenUnix(join(directory, 'b'), () => undefined)).rejects.toMatchObject({
      code: 'RING_SOCKET_DIRECTORY_OPEN',
    })
    await expect(listenUnix(`/tmp/${'x'.repeat(200)}/b`, () => undefined)).rejects.toMatchObject({
      code: 'RING_SOCKET_PATH_TOO_LONG',
    })
  })
})
