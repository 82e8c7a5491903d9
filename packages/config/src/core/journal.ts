import { type Issue, inFileOrder, type Severity } from './issue.ts'
import type { Place } from './text/raw.ts'

/** What an issue says besides its severity. Without `file` it is about the configuration that was asked for. */
export interface Finding extends Place {
  readonly section?: string
  readonly key?: string
  readonly value?: string
  readonly rule: string
}

/** A file of a megabyte can hold 200 000 mistakes; nobody reads more than this. */
const kept = 1000

/** Collects the issues of one configuration, so that all of them can be told at once. */
export class Journal {
  readonly #file: string
  readonly #issues: Issue[] = []
  readonly #files: string[]
  #failed = false

  constructor(file: string) {
    this.#file = file
    this.#files = [file]
  }

  /** Another file takes part; its issues come after those of the files before it. */
  opened(file: string): void {
    if (!this.#files.includes(file)) this.#files.push(file)
  }

  error(finding: Finding): void {
    this.#failed = true
    this.#add(finding, 'error')
  }

  warn(finding: Finding): void {
    this.#add(finding, 'warning')
  }

  get failed(): boolean {
    return this.#failed
  }

  /** Another warning would be dropped: work that only makes one better can be left out. */
  get full(): boolean {
    return this.#issues.length >= kept
  }

  /** All issues, file by file, in the order of each. */
  get issues(): readonly Issue[] {
    return inFileOrder(this.#issues, this.#files)
  }

  #add(finding: Finding, severity: Severity): void {
    const issue = Object.freeze({ ...finding, file: finding.file ?? this.#file, severity })
    if (!this.full) {
      this.#issues.push(issue)
      return
    }
    if (severity === 'warning') return
    // An error must never be lost behind warnings: the last place is given to it.
    this.#issues[kept - 1] = issue
  }
}
