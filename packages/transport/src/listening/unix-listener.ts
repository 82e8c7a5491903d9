import { chmod, lstat, unlink } from 'node:fs/promises'
import { connect, createServer, type Socket } from 'node:net'
import { dirname } from 'node:path'
import { RingError } from '@ring/platform'
import { takeAccepted } from '../link/arrivals.ts'
import { makeDirectory } from '../machine/make-directory.ts'

/** A listening UNIX socket of mode 0600. */
export interface UnixListener {
  readonly path: string
  /** Takes no more connections and removes the socket; those that are open stay. */
  close(): Promise<void>
}

/** `sockaddr_un` holds 108 bytes on Linux, 104 elsewhere, one of them the terminator. */
const longestPathBytes = 103

/**
 * Listens on a UNIX socket that only this user can reach: the directory is made with mode 0700, the socket has mode 0600.
 * A socket that a dead process left behind is replaced; one that somebody answers on is not.
 *
 * @param isForLinks the connections become links: they are paused until then
 * @throws RingError `RING_SOCKET_PATH_TOO_LONG`, `RING_SOCKET_IN_USE`, `RING_SOCKET_DIRECTORY_OPEN`
 */
export async function listenUnix(
  path: string,
  onConnection: (socket: Socket) => void,
  isForLinks = false,
): Promise<UnixListener> {
  checkSocketPath(path)
  await securePlace(dirname(path))
  await removeLeftOver(path)
  const server = createServer({ pauseOnConnect: isForLinks }, (socket) => {
    onConnection(isForLinks ? takeAccepted(socket) : socket)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, resolve)
  })
  await chmod(path, 0o600)
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => {
        resolve()
      })
    })
  return { path, close }
}

/**
 * Node 20 cuts a longer path without a word, and then makes or dials another socket than the one that was named.
 *
 * @throws RingError `RING_SOCKET_PATH_TOO_LONG`
 */
export function checkSocketPath(path: string): void {
  if (Buffer.byteLength(path) <= longestPathBytes) return
  throw new RingError(
    'RING_SOCKET_PATH_TOO_LONG',
    `The socket path ${path} is longer than ${longestPathBytes} bytes; choose a shorter runtime directory.`,
  )
}

async function securePlace(directory: string): Promise<void> {
  await makeDirectory(directory, 0o700)
  const state = await lstat(directory)
  const mine = process.getuid === undefined || state.uid === process.getuid()
  if (!state.isDirectory() || !mine || (state.mode & 0o077) !== 0) {
    throw new RingError(
      'RING_SOCKET_DIRECTORY_OPEN',
      `Others may enter ${directory}; make it your own directory with mode 0700 (chmod 700), or name another one.`,
    )
  }
}

async function removeLeftOver(path: string): Promise<void> {
  const state = await lstat(path).catch(() => undefined)
  if (state === undefined) return
  if (!state.isSocket() || (await isAnswered(path))) {
    throw new RingError(
      'RING_SOCKET_IN_USE',
      `${path} is in use by another process; stop it, or choose another runtime directory.`,
    )
  }
  await unlink(path)
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => {
      resolve(false)
    })
  })
}
