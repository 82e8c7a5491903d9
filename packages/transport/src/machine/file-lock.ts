import { randomBytes } from 'node:crypto'
import { link, readFile, rename, unlink, writeFile } from 'node:fs/promises'

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
 * over, so a crash never needs a hand; of those who find it at once one gets it. A process does not get what it holds
 * already.
 *
 * @throws the file system's own errors
 */
export async function lockFile(path: string): Promise<LockOutcome> {
  const nonce = randomBytes(8).toString('hex')
  const mine = `${process.pid} ${await startedAt(process.pid)} ${nonce}\n`
  const draft = `${path}.${nonce}`
  await writeFile(draft, mine, { flag: 'wx', mode: 0o600 })
  try {
    const pid = await take(path, draft)
    if (pid !== undefined) return { taken: false, pid }
  } finally {
    await unlink(draft).catch(unlessGone)
  }
  const release = async () => {
    // Whoever releases it at the same time may have been sooner.
    if ((await textOf(path)) === mine) await unlink(path).catch(unlessGone)
  }
  return { taken: true, lock: { release } }
}

/** @returns who holds it; undefined when the draft has become the lock */
async function take(path: string, draft: string): Promise<number | undefined> {
  // A link puts the whole file there at once, and never over another: nobody reads a lock that is not written yet.
  while (!(await linked(draft, path))) {
    const text = await textOf(path)
    if (text === undefined) continue
    const pid = await holderOf(text)
    return pid === undefined ? takeOver(path, draft) : pid
  }
  return undefined
}

/**
 * Puts the draft in the place of a lock whose holder is gone. Two that judged the same text must not both act on it, nor
 * one act on what the other has put there since: whoever wants to takes a lock for that first, and looks again.
 */
async function takeOver(path: string, draft: string): Promise<number | undefined> {
  const turn = await lockFile(`${path}.takeover`)
  if (!turn.taken) return turn.pid
  try {
    const text = await textOf(path)
    if (text === undefined) return (await linked(draft, path)) ? undefined : 0
    const pid = await holderOf(text)
    if (pid === undefined) await rename(draft, path)
    return pid
  } finally {
    await turn.lock.release()
  }
}

/** False when there is something already. */
async function linked(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

async function textOf(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(unlessGone)
}

function unlessGone(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
  throw error
}

/** The process that holds a lock with this text; undefined when it is gone. */
async function holderOf(text: string): Promise<number | undefined> {
  const [pid, started = ''] = text.trim().split(' ')
  return isAlive(Number(pid)) && (await startedAt(Number(pid))) === started ? Number(pid) : undefined
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
