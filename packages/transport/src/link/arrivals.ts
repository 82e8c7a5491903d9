import { connect, type NetConnectOpts, type OnReadOpts, Socket } from 'node:net'

/** What arrived is `[0, end)`, and lies there only until this returns. */
export type Receive = (bytes: Uint8Array, end: number) => void

/**
 * Where every plain socket of the process reads: what it holds has been handled before anything else can be read. A buffer for
 * each read instead is 64 KiB of garbage a time; with large bodies the collector then took more than everything else.
 */
const shared = Buffer.allocUnsafeSlow(256 * 1024)

const borrowers = new WeakMap<Socket, Borrower>()

/** A socket that reads into the shared buffer. */
class Borrower {
  receive: Receive = nobodyYet
  readonly onread: OnReadOpts = {
    buffer: shared,
    callback: (bytes, buffer) => {
      this.receive(buffer, bytes)
      return true
    },
  }
}

/** Connects a plain socket. Nothing is read before {@link receiveFrom}. */
export function connectPlain(to: NetConnectOpts): Socket {
  const borrower = new Borrower()
  const socket = connect({ ...to, onread: borrower.onread })
  socket.pause()
  borrowers.set(socket, borrower)
  return socket
}

/**
 * The connection of a socket that was accepted with `pauseOnConnect`, as one that reads into the shared buffer. Node takes that
 * option only for sockets that dial; an accepted one is made anew around its handle, as Node itself does it. Where there is no
 * such handle, the socket stays as it is, and reads as sockets do.
 */
export function takeAccepted(accepted: Socket): Socket {
  const { _handle: handle } = accepted as Socket & WithHandle
  if (typeof handle?.readStart !== 'function' || typeof handle.useUserBuffer !== 'function') return accepted
  const borrower = new Borrower()
  const options = { handle, onread: borrower.onread, readable: true, writable: true, pauseOnCreate: true }
  const socket = new Socket(options)
  borrowers.set(socket, borrower)
  ;(accepted as Socket & WithHandle)._handle = null
  // Its server counts it until then.
  socket.once('close', () => {
    accepted.destroy()
  })
  return socket
}

/** Hands over what arrives from here on; whoever was handed it before is not any more. */
export function receiveFrom(socket: Socket, receive: Receive): void {
  const borrower = borrowers.get(socket)
  if (borrower !== undefined) borrower.receive = receive
  else {
    socket.on('data', (chunk: Uint8Array) => {
      receive(chunk, chunk.length)
    })
  }
  socket.resume()
}

interface WithHandle {
  _handle?: { readonly readStart?: unknown; readonly useUserBuffer?: unknown } | null
}

function nobodyYet(): void {
  // Paused, so that nothing comes.
}
