import { type FSWatcher, watch } from 'node:fs'
import { readlink, stat } from 'node:fs/promises'
import { basename, dirname, resolve, sep } from 'node:path'

/** How many links lead from one name to a file at most. */
const mostLinks = 16

/** The names in one directory that matter; what else happens there, a log that grows, does not. */
type Names = ReadonlySet<string>

interface Watched {
  readonly watcher: FSWatcher
  readonly inode: string
  names: Names
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
    const wanted = await directoriesOf(files)
    for (const [directory, { watcher }] of this.#watched) {
      if (wanted.has(directory)) continue
      watcher.close()
      this.#watched.delete(directory)
    }
    let complete = true
    for (const [directory, names] of wanted) complete = (await this.#watch(directory, names)) && complete
    return complete
  }

  close(): void {
    for (const { watcher } of this.#watched.values()) watcher.close()
    this.#watched.clear()
  }

  /** A directory that was replaced by another of its name has another inode: the watch of the old one is silent. */
  async #watch(directory: string, names: Names): Promise<boolean> {
    const inode = await inodeOf(directory)
    const known = this.#watched.get(directory)
    if (known !== undefined && known.inode === inode) {
      known.names = names
      return true
    }
    known?.watcher.close()
    this.#watched.delete(directory)
    if (inode === undefined) return false
    try {
      const watcher = watch(directory, { persistent: false })
      const watched: Watched = { watcher, inode, names }
      watcher.on('change', (_, name) => {
        // Not every system says a name; the directory's own name tells of itself.
        if (typeof name !== 'string' || watched.names.has(name)) this.#touched()
      })
      watcher.on('error', () => this.#drop(directory, watcher))
      this.#watched.set(directory, watched)
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

/** The directories of some files, and of every link that their paths lead through, each with the names that matter. */
async function directoriesOf(files: readonly string[]): Promise<ReadonlyMap<string, Names>> {
  const directories = new Map<string, Set<string>>()
  const add = (path: string) => {
    const directory = dirname(path)
    const names = directories.get(directory) ?? new Set([basename(directory)])
    directories.set(directory, names.add(basename(path)))
  }
  for (const file of files) {
    let path = file
    add(path)
    for (let links = 0; links < mostLinks; links++) {
      const found = await firstLink(path)
      if (found === undefined) break
      add(found.link)
      add(found.target)
      path = found.target
    }
  }
  return directories
}

/** The first symbolic link in a path, and where the whole path leads through it. */
async function firstLink(path: string): Promise<{ readonly link: string; readonly target: string } | undefined> {
  const names = path.split(sep)
  for (let length = 2; length <= names.length; length++) {
    const part = names.slice(0, length).join(sep)
    const target = await readlink(part).catch(() => undefined)
    if (target === undefined) continue
    return { link: part, target: resolve(dirname(part), target, ...names.slice(length)) }
  }
  return undefined
}
