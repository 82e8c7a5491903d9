import type { Duplex } from 'node:stream'
import type { Clock } from '@ring/platform'

const sliceBytes = 64 * 1024

/**
 * Writes a reply slice by slice, each once the one before has been taken. A client that does not read is given up after `sliceMs`.
 *
 * @param done whether all of it was taken; not called once the socket is gone
 */
export function writeReply(
  socket: Duplex,
  text: string,
  { clock, sliceMs }: { readonly clock: Clock; readonly sliceMs: number },
  done: (wasTaken: boolean) => void,
): void {
  const bytes = Buffer.from(text)
  const writeFrom = (start: number): void => {
    const slice = bytes.subarray(start, start + sliceBytes)
    const next = start + slice.length
    const timer = clock.after(sliceMs, () => done(false))
    socket.write(slice, (error) => {
      timer.cancel()
      if (error) return
      if (next < bytes.length) writeFrom(next)
      else done(true)
    })
  }
  writeFrom(0)
}
