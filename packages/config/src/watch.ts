import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Configuration } from './core/configuration.ts'
import { ConfigurationError } from './core/error.ts'
import { type ReadOutcome, Reload } from './core/reload.ts'
import { DirectoryWatch } from './directory-watch.ts'
import { contentOf, Files, type LoadOptions, loadFrom } from './load.ts'
import type { ConfigurationSource } from './source.ts'

/** The time that a watch lives in; the `Clock` of `@ring/platform` is one. */
export interface WatchClock {
  /** Calls `run` once, after at least `delayMs` milliseconds. */
  after(delayMs: number, run: () => void): { cancel(): void }
}

export interface WatchOptions extends LoadOptions {
  /** The configuration in use: what differs from it is a change. Without it, the first reading is what later ones are compared with. */
  readonly current?: Configuration
  /** From a sign of change until the file is read, in milliseconds; 100 when not given. */
  readonly debounceMs?: number
  /** How long the configuration must stay invalid before that is told, in milliseconds; 1000 when not given. */
  readonly settleMs?: number
  /** How often to look at the files themselves, for where nothing gives a sign of change, in milliseconds; 2000 when not given. */
  readonly pollMs?: number
  readonly clock?: WatchClock
}

export interface WatchEvents {
  /** Other texts, valid as a whole. What of it can be used without a restart is its user's to say. */
  changed(configuration: Configuration): void
  /** It is not valid, and stays so; told once for the same mistakes. The configuration in use is still the old one. */
  invalid(error: ConfigurationError): void
  /** One of the two above threw this; the watch goes on. By default it becomes a warning of the process. */
  failed?(error: unknown): void
}

export interface ConfigurationWatch {
  /** Ends the watch; no event comes after it. */
  close(): void
}

const systemClock: WatchClock = {
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs).unref()
    return { cancel: () => clearTimeout(timer) }
  },
}

/**
 * Reads a configuration again whenever a file of it changes, those that it includes too. The system's signs are quick, and
 * miss a file that was mounted alone and is written elsewhere: so the files are looked at as well, from time to time.
 * Half-written files are passed over: a change is told when all of it is valid. It does not keep the process alive. A JSON string never changes.
 */
export function watchConfiguration(
  source: ConfigurationSource,
  options: WatchOptions,
  events: WatchEvents,
): ConfigurationWatch {
  if (source.kind === 'json') return { close: () => undefined }
  const watch = new FileWatch(source, options, events)
  watch.start()
  return watch
}

class FileWatch implements ConfigurationWatch {
  readonly #source: ConfigurationSource & { readonly kind: 'file' }
  readonly #options: WatchOptions
  readonly #clock: WatchClock
  readonly #reload: Reload
  readonly #directories = new DirectoryWatch(() => this.#touched())
  readonly #pollMs: number
  #files: readonly string[]
  /** How the files looked when they were last read, or looked at. */
  #seen: string | undefined
  #timer: { cancel(): void } | undefined
  #lookTimer: { cancel(): void } | undefined
  #closed = false

  constructor(source: ConfigurationSource & { readonly kind: 'file' }, options: WatchOptions, events: WatchEvents) {
    const { current, debounceMs = 100, settleMs = 1000, pollMs = 2000, clock = systemClock } = options
    const content = current && contentOf(current)
    this.#source = source
    this.#options = options
    this.#clock = clock
    this.#pollMs = pollMs
    this.#files = content?.files ?? [resolve(options.workingDirectory ?? process.cwd(), source.path)]
    const effects = {
      read: () => void this.#read(),
      arm: (delayMs: number) => this.#arm(delayMs),
      changed: (configuration: Configuration) => tell(events, () => events.changed(configuration)),
      invalid: (error: ConfigurationError) => tell(events, () => events.invalid(error)),
    }
    this.#reload = new Reload({ debounceMs, settleMs, pollMs }, effects, content?.digest)
  }

  /** The first reading finds what changed since the configuration in use was read. */
  start(): void {
    this.#reload.touched()
    this.#lookLater()
  }

  close(): void {
    this.#closed = true
    this.#timer?.cancel()
    this.#lookTimer?.cancel()
    this.#directories.close()
  }

  #touched(): void {
    if (!this.#closed) this.#reload.touched()
  }

  #arm(delayMs: number): void {
    this.#timer?.cancel()
    this.#timer = this.#clock.after(delayMs, () => {
      if (!this.#closed) this.#reload.timer()
    })
  }

  #lookLater(): void {
    this.#lookTimer = this.#clock.after(this.#pollMs, () => {
      if (!this.#closed) void this.#look()
    })
  }

  async #look(): Promise<void> {
    const seen = await appearanceOf(this.#files)
    if (this.#closed) return
    const isNew = this.#seen !== undefined && seen !== this.#seen
    this.#seen = seen
    if (isNew) this.#touched()
    this.#lookLater()
  }

  async #read(): Promise<void> {
    this.#seen = await appearanceOf(this.#files)
    // Watched first: what changes while it is read gives a sign.
    await this.#directories.follow(this.#files)
    const files = new Files()
    const outcome = await this.#outcome(files)
    const added = files.content.files.some((file) => !this.#files.includes(file))
    if (files.content.files.length > 0) this.#files = files.content.files
    const watched = await this.#directories.follow(this.#files)
    if (this.#closed) {
      this.#directories.close()
      return
    }
    // A file that was not watched while it was read may have changed since.
    if (added) this.#reload.touched()
    this.#reload.read(outcome, watched)
  }

  async #outcome(files: Files): Promise<ReadOutcome> {
    try {
      const { configuration } = await loadFrom(files, this.#source, this.#options)
      return { kind: 'valid', digest: files.content.digest, configuration }
    } catch (error) {
      if (error instanceof ConfigurationError) return { kind: 'invalid', error }
      const rule = `cannot be read: ${error instanceof Error ? error.message : String(error)}`
      return { kind: 'invalid', error: new ConfigurationError([{ file: this.#source.path, rule, severity: 'error' }]) }
    }
  }
}

/** The same for as long as no file was replaced or written; one that cannot be looked at hides none of the others. */
async function appearanceOf(files: readonly string[]): Promise<string> {
  const looks = files.map(async (file) => {
    const state = await stat(file).catch(() => undefined)
    return state && `${state.dev} ${state.ino} ${state.size} ${state.mtimeMs} ${state.ctimeMs}`
  })
  return JSON.stringify([files, await Promise.all(looks)])
}

/** What a listener throws must not leave the watch in the middle of a reading. */
function tell(events: WatchEvents, call: () => void): void {
  try {
    call()
  } catch (error) {
    if (events.failed) events.failed(error)
    else process.emitWarning(error instanceof Error ? error : String(error))
  }
}
