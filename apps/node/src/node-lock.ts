import { chmod, mkdir, open, readFile, rename, stat, unlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { NodeRunningError, NodeSetupError } from './errors.ts'

/** The right to be this node on this machine. */
export interface NodeLock {
  release(): Promise<void>
}

/**
 * Takes the lock of a runtime directory (made with mode 0700): a file that names the process that holds it. A file left
 * by a process that is gone is taken over, so a crash never needs a hand.
 *
 * @throws NodeRunningError, NodeSetupError
 */
export async function lockNode(directory: string): Promise<NodeLock> {
  await makePrivate(directory)
  const path = join(directory, 'node.lock')
  const mine = `${process.pid} ${await startedAt(process.pid)}\n`
  if (!(await create(path, mine))) {
    await removeStale(path, directory)
    if (!(await create(path, mine))) throw new NodeRunningError(directory, await holder(path))
  }
  return {
    release: async () => {
      const held = await readFile(path, 'utf8').catch(() => '')
      if (held === mine) await unlink(path)
    },
  }
}

async function makePrivate(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const { uid } = await stat(directory)
  const self = process.getuid?.() ?? uid
  if (uid !== self) throw new NodeSetupError(`${directory} belongs to another user. Name another RUNTIMEDIR in [RING].`)
  await chmod(directory, 0o700)
  await checkParent(dirname(directory), self)
}

/** Whoever may rename entries of the parent could put a directory of their own in this one's place. */
async function checkParent(parent: string, self: number): Promise<void> {
  const { uid, mode } = await stat(parent)
  const othersWrite = (mode & 0o022) !== 0 && (mode & 0o1000) === 0
  if ((uid === self || uid === 0) && !othersWrite) return
  throw new NodeSetupError(`Other users may replace directories in ${parent}. Name another RUNTIMEDIR in [RING].`)
}

async function create(path: string, text: string): Promise<boolean> {
  try {
    const file = await open(path, 'wx', 0o600)
    await file.writeFile(text)
    await file.close()
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** Moves the file aside first: of two processes that find it stale only one gets it. */
async function removeStale(path: string, directory: string): Promise<void> {
  const text = await readFile(path, 'utf8').catch(() => '')
  const [pid = 0, started] = text.trim().split(' ')
  if (isAlive(Number(pid)) && (await startedAt(Number(pid))) === started)
    throw new NodeRunningError(directory, Number(pid))
  const aside = `${path}.${process.pid}`
  await rename(path, aside).then(
    () => unlink(aside),
    () => undefined,
  )
}

async function holder(path: string): Promise<number> {
  return Number.parseInt(await readFile(path, 'utf8').catch(() => '0'), 10)
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid < 1) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** When a process began, as the kernel counts it: a process id may be used again. Empty where that cannot be told. */
async function startedAt(pid: number): Promise<string> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? ''
}
