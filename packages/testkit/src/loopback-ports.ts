import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Below the range from which the kernel gives ports to clients. */
const firstPort = 10_000
const blockPorts = 50
const blocks = 440
/** Where examples of documents listen: gossip routers, the ring of `npm start`, README programs. */
const kept: readonly (readonly [from: number, to: number])[] = [
  [12_000, 12_050],
  [18_000, 18_100],
  [28_000, 28_200],
]

/** The ports of this process that nobody has taken yet. */
let free: number[] = []

/**
 * A port of this machine's loopback that no other test process is given, for nodes whose configuration names it before they
 * listen. A process that has more of them takes blocks of {@link blockPorts}, each claimed by a file in the temporary directory
 * until the process ends: numbers made of process ids meet, now and then, where many tests run.
 */
export function freshPort(): number {
  if (free.length === 0) free = block()
  return free.shift()!
}

/**
 * The first of so many ports one after the other.
 *
 * @param count at most 50
 */
export function freshPorts(count: number): number {
  if (count > blockPorts) throw new RangeError(`a block has ${blockPorts} ports`)
  if (free.length < count) free = block()
  return free.splice(0, count)[0]!
}

function block(): number[] {
  const directory = join(tmpdir(), 'ring-test-ports')
  mkdirSync(directory, { recursive: true })
  const from = (process.pid * 7) % blocks
  for (let tried = 0; tried < blocks; tried++) {
    const number = (from + tried) % blocks
    if (isKept(firstPort + number * blockPorts)) continue
    const file = join(directory, String(number))
    if (!isClaimed(file)) continue
    process.once('exit', () => rmSync(file, { force: true }))
    return Array.from({ length: blockPorts }, (_, at) => firstPort + number * blockPorts + at)
  }
  throw new Error(`all ${blocks} blocks of ports are claimed in ${directory}: remove it when no test runs`)
}

function isKept(port: number): boolean {
  return kept.some(([from, to]) => port + blockPorts > from && port < to)
}

/** Claims the block, where nobody has it who still runs. */
function isClaimed(file: string): boolean {
  if (write(file)) return true
  if (ownerRuns(file)) return false
  rmSync(file, { force: true })
  return write(file)
}

function write(file: string): boolean {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

function ownerRuns(file: string): boolean {
  try {
    process.kill(Number(readFileSync(file, 'utf8')), 0)
    return true
  } catch (error) {
    // Of another user, it runs as well.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
