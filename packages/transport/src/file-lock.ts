import { open, readFile, rename, unlink } from 'node:fs/promises'

/** A lock that this process holds. */
export interface FileLock {
  release(): Promise<void>
}

export type LockOutcome =
  | { readonly taken: true; readonly lock: FileLock }
  /** `pid` is 0 where it cannot be told. */
  | { readonly taken: false; readonly pid: number }

/**
 * Takes a lock: a file, of mode 0600, that names the process that holds it. A file left by a process that is gone is taken
 * over, so a crash never needs a hand. A process does not get what it holds already.
 *
 * @throws the file system's own errors
 */
export async function lockFile(path: string): Promise<LockOutcome> {
  const mine = `${process.pid} ${await startedAt(process.pid)}\n`
  if (!(await create(path, mine))) {
    const pid = await removeStale(path)
    if (pid !== undefined) return { taken: false, pid }
    if (!(await create(path, mine))) return { taken: false, pid: await holder(path) }
  }
  const release = async () => {
    const held = await readFile(path, 'utf8').catch(() => '')
    if (held === mine) await unlink(path)
  }
  return { taken: true, lock: { release } }
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

/**
 * Moves the file aside first: of two processes that find it stale only one gets it.
 *
 * @returns who holds it; undefined when it was stale
 */
async function removeStale(path: string): Promise<number | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '')
  const [pid = 0, started] = text.trim().split(' ')
  if (isAlive(Number(pid)) && (await startedAt(Number(pid))) === started) return Number(pid)
  const aside = `${path}.${process.pid}`
  await rename(path, aside).then(
    () => unlink(aside),
    () => undefined,
  )
  return undefined
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
