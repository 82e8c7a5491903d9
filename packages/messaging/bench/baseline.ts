import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { bodyBytes, finish, RoleProcess, type Run, report, serveRole, warmUpMs } from './processes.ts'

/**
 * The ceiling: two processes, one TCP connection, length-prefixed frames. Each frame is parsed, answered into one gathered
 * write per turn, and each reply is compared. No promises, no keys, no routing.
 */

const frameBytes = 4 + bodyBytes
const gatherBytes = Math.max(64 * 1024, 80 * frameBytes)

/** Calls `onFrame` for each whole frame; keeps what is left over. */
function frames(
  socket: Socket,
  onFrame: (chunk: Buffer, start: number, end: number) => void,
  onTurn: () => void,
): void {
  let rest: Buffer = Buffer.alloc(0)
  socket.setNoDelay(true)
  // The client ends without ceremony when it has measured.
  socket.on('error', () => undefined)
  socket.on('data', (data: Buffer) => {
    const chunk = rest.length === 0 ? data : Buffer.concat([rest, data])
    let at = 0
    while (chunk.length - at >= 4) {
      const end = at + 4 + chunk.readUInt32LE(at)
      if (end > chunk.length) break
      onFrame(chunk, at + 4, end)
      at = end
    }
    rest = chunk.subarray(at)
    onTurn()
  })
}

function gatherer(socket: Socket): { add(chunk: Buffer, start: number, end: number): void; flush(): void } {
  let out = Buffer.allocUnsafeSlow(gatherBytes)
  let used = 0
  return {
    add: (chunk, start, end) => {
      if (used + 4 + end - start > out.length) throw new Error('the gathering buffer is too small')
      out.writeUInt32LE(end - start, used)
      chunk.copy(out, used + 4, start, end)
      used += 4 + end - start
    },
    flush: () => {
      if (used === 0) return
      socket.write(out.subarray(0, used))
      used = 0
      if (socket.writableLength > 0) out = Buffer.allocUnsafeSlow(gatherBytes)
    },
  }
}

function server(): void {
  const listener = createServer((socket) => {
    const { add, flush } = gatherer(socket)
    frames(socket, add, flush)
  })
  listener.listen(0, '127.0.0.1', () => {
    report({ ready: String((listener.address() as AddressInfo).port) })
  })
}

function client(argument: string): void {
  const [port, inFlight, runMs] = argument.split(',').map(Number) as [number, number, number]
  const body = Buffer.alloc(bodyBytes, 7)
  const socket = connect(port, '127.0.0.1')
  const { add, flush } = gatherer(socket)
  let trips = 0
  frames(
    socket,
    (chunk, start, end) => {
      if (body.compare(chunk, start, end) !== 0) throw new Error('a reply was wrong')
      trips++
      add(body, 0, bodyBytes)
    },
    flush,
  )
  for (let i = 0; i < inFlight; i++) add(body, 0, bodyBytes)
  flush()
  setTimeout(() => {
    report({ ready: 'warm' })
    const start = performance.now()
    const before = trips
    setTimeout(() => {
      const done = trips - before
      report({ perSecond: (done * 1_000) / (performance.now() - start), trips: done })
      socket.destroy()
    }, runMs)
  }, warmUpMs)
}

export async function runBaseline(inFlight: number, runMs: number): Promise<Run> {
  const serving = new RoleProcess(import.meta.url, 'baseline-server', '')
  const port = await serving.ready()
  return finish(new RoleProcess(import.meta.url, 'baseline-client', `${port},${inFlight},${runMs}`), [serving])
}

export const baselineRoles: Readonly<Record<string, (argument: string) => void>> = {
  'baseline-server': server,
  'baseline-client': client,
}

export const bytesPerFrame = frameBytes
const role = baselineRoles[process.argv[2] ?? '']
if (role !== undefined) {
  serveRole()
  role(process.argv[3] ?? '')
}
