import { type FSWatcher, watch } from 'node:fs'
import { readlink, stat } from 'node:fs/promises'
import { dirname, resolve, sep } from 'node:path'

/** How many links lead from one name to a file at most. */
const mostLinks = 16

interface Watched {
  readonly watcher: FSWatcher
  readonly inode: string
}

/**
 * Gives a sign when something happens in a directory that one of some files is in: its own, and that of each symbolic
 * link on the way to it. Directories are watched rather than files, because a file that is replaced by a rename, or
 * reached through a link that is turned (as Kubernetes does with a ConfigMap), is another file afterwards.
 */
export class DirectoryWatch {
  readonly #watched = new Map<string, Watched>()
  readonly #touched: () => void

  constructor(touched: () => void) {
    this.#touched = touched
  }

  /** Watches the directories of these files from now on, and no others. Whether all of them can be watched. */
  async follow(files: readonly string[]): Promise<boolean> {
    const wanted = new Set((await Promise.all(files.map(directoriesOf))).flat())
    for (const [directory, { watcher }] of this.#watched) {
      if (wanted.has(directory)) continue
      watcher.close()
      this.#watched.delete(directory)
    }
    let complete = true
    for (const directory of wanted) complete = (await this.#watch(directory)) && complete
    return complete
  }

  close(): void {
    for (const { watcher } of this.#watched.values()) watcher.close()
    this.#watched.clear()
  }

  /** A directory that was replaced by another of its name has another inode: the watch of the old one is silent. */
  async #watch(directory: string): Promise<boolean> {
    const inode = await inodeOf(directory)
    const known = this.#watched.get(directory)
    if (known !== undefined && known.inode === inode) return true
    known?.watcher.close()
    this.#watched.delete(directory)
    if (inode === undefined) return false
    try {
      const watcher = watch(directory, { persistent: false }, this.#touched)
      watcher.on('error', () => this.#drop(directory, watcher))
      this.#watched.set(directory, { watcher, inode })
      return true
    } catch {
      return false
    }
  }

  #drop(directory: string, watcher: FSWatcher): void {
    watcher.close()
    if (this.#watched.get(directory)?.watcher === watcher) this.#watched.delete(directory)
    // What is read next finds out whether it can be watched again.
    this.#touched()
  }
}

async function inodeOf(directory: string): Promise<string | undefined> {
  const state = await stat(directory, { bigint: true }).catch(() => undefined)
  return state && `${state.dev}:${state.ino}`
}

/** The directory of a file, and of every link that the path leads through. */
async function directoriesOf(file: string): Promise<readonly string[]> {
  const directories = [dirname(file)]
  let path = file
  for (let links = 0; links < mostLinks; links++) {
    const link = await firstLink(path)
    if (link === undefined) break
    directories.push(link.directory, dirname(link.target))
    path = link.target
  }
  return directories
}

/** The first symbolic link in a path: the directory that it stands in, and where the whole path leads through it. */
async function firstLink(path: string): Promise<{ readonly directory: string; readonly target: string } | undefined> {
  const names = path.split(sep)
  for (let length = 2; length <= names.length; length++) {
    const part = names.slice(0, length).join(sep)
    const target = await readlink(part).catch(() => undefined)
    if (target === undefined) continue
    return { directory: dirname(part), target: resolve(dirname(part), target, ...names.slice(length)) }
  }
  return undefined
}
