import { createInterface } from 'node:readline'
import { exitCodes } from '../exit-codes.ts'
import type { Session } from '../session/session.ts'
import { LineQueue } from './line-queue.ts'

/**
 * Lines of a pipe, one after the other as they come; the last one also without a newline. The first that fails ends it, unless
 * it was said to keep going.
 */
export async function runPipedSession(session: Session, keepGoing: boolean): Promise<number> {
  const queue = new LineQueue()
  const reader = createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })
  reader.on('line', (line) => queue.push(line))
  reader.on('close', () => queue.close())
  let first: number = exitCodes.ok
  for (let line = await queue.next(); line !== undefined; line = await queue.next()) {
    const code = await session.run(line)
    if (first === exitCodes.ok) first = code
    if (session.isOver || (first !== exitCodes.ok && !keepGoing) || code === exitCodes.interrupted) {
      reader.close()
      process.stdin.destroy()
      return first
    }
  }
  const last = await session.finish()
  return first === exitCodes.ok ? last : first
}
