import type { Disk, Incarnation, Logger, Random } from '@ring/platform'
import { nextIncarnation } from '@ring/platform'

const fileName = 'incarnation'

/** The incarnation of a start: above every earlier one that the state directory knows. It is durable before it is used. */
export function beginLife(disk: Disk | undefined, wallMs: number, random: Random): Promise<Incarnation> {
  if (!disk) return Promise.resolve(nextIncarnation(0, wallMs, random.uint32()))
  return new Promise((resolve, reject) => {
    disk.read(fileName, (read) => {
      if (!read.ok) return reject(read.error)
      const stored = Number(read.value ? new TextDecoder().decode(read.value) : 0)
      const incarnation = nextIncarnation(Number.isSafeInteger(stored) ? stored : 0, wallMs, random.uint32())
      store(disk, incarnation, (error) => (error ? reject(error) : resolve(incarnation)))
    })
  })
}

/**
 * Remembers a life that began by a rejoin. Where that fails, the clock has to do at the next start: it names a later life
 * unless it was set back, and then the others name theirs (rule M4).
 */
export function saveLife(disk: Disk, incarnation: Incarnation, logger: Logger): void {
  store(disk, incarnation, (error) => {
    if (error)
      logger.warn({ event: 'state.write-failed', file: fileName, err: error }, 'the state directory cannot be written')
  })
}

function store(disk: Disk, incarnation: Incarnation, done: (error?: Error) => void): void {
  disk.replace(fileName, new TextEncoder().encode(`${incarnation}\n`), (result) =>
    done(result.ok ? undefined : result.error),
  )
}
