import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

const lookEveryMs = 2000

/**
 * Looks at files every two seconds and tells when they have changed and then stayed as they are for one look, so that a
 * certificate and its key that are replaced one after the other are seen together. By time and size rather than by the
 * operating system's notices: these miss what is mounted or moved in.
 */
export class FileWatch {
  readonly #changed: () => void
  #paths: readonly string[] = []
  #told: string | undefined
  #last: string | undefined
  #looking = false
  #timer: NodeJS.Timeout | undefined

  constructor(changed: () => void) {
    this.#changed = changed
  }

  /**
   * What to look at from now on; a directory stands for the files in it. What is there at first is told, too: it may have
   * changed since its reader read it.
   */
  watch(paths: readonly string[]): void {
    this.#paths = paths
    this.#told = undefined
    this.#last = undefined
    clearInterval(this.#timer)
    if (paths.length === 0) return
    this.#timer = setInterval(() => void this.#look(), lookEveryMs)
    this.#timer.unref()
    void this.#look()
  }

  stop(): void {
    this.watch([])
  }

  async #look(): Promise<void> {
    if (this.#looking) return
    this.#looking = true
    const paths = this.#paths
    const now = (await Promise.all(paths.map((path) => signature(path, false)))).join('\n')
    this.#looking = false
    if (paths !== this.#paths) return
    const isQuiet = now === this.#last
    this.#last = now
    if (!isQuiet || now === this.#told) return
    this.#told = now
    this.#changed()
  }
}

/** One that cannot be looked at, a link that leads nowhere, says so and hides none of the others. */
async function signature(path: string, isInside: boolean): Promise<string> {
  try {
    const state = await stat(path)
    if (isInside || !state.isDirectory()) return `${path} ${state.ino} ${state.mtimeMs} ${state.ctimeMs} ${state.size}`
    const inside = await Promise.all((await readdir(path)).sort().map((name) => signature(join(path, name), true)))
    return `${path} ${inside.join(' ')}`
  } catch {
    return `${path} is not there`
  }
}
