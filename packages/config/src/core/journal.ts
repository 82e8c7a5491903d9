import { type Issue, inFileOrder, type Location, type Severity } from './issue.ts'

/** What an issue says besides its file and severity. */
export interface Finding extends Location {
  readonly section?: string
  readonly key?: string
  readonly value?: string
  readonly rule: string
}

/** A file of a megabyte can hold 200 000 mistakes; nobody reads more than this. */
const kept = 1000

/** Collects the issues of one source, so that all of them can be told at once. */
export class Journal {
  readonly #file: string
  readonly #issues: Issue[] = []
  #failed = false

  constructor(file: string) {
    this.#file = file
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

  /** All issues, in the order of the file. */
  get issues(): readonly Issue[] {
    return inFileOrder(this.#issues)
  }

  #add(finding: Finding, severity: Severity): void {
    if (!this.full) {
      this.#issues.push(Object.freeze({ ...finding, file: this.#file, severity }))
      return
    }
    if (severity === 'warning') return
    // An error must never be lost behind warnings: the last place is given to it.
    this.#issues[kept - 1] = Object.freeze({ ...finding, file: this.#file, severity })
  }
}
