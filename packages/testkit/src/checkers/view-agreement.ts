import { InvariantViolation } from './invariant-violation.ts'

/** A view as one process has it. */
export interface ObservedView {
  readonly lineage: string
  readonly version: number
  /** In their order; a text that also tells lives apart, where names are used again. */
  readonly members: readonly string[]
  readonly coordinator: string
}

/**
 * One lineage and version is one view: the same members in the same order with the same coordinator, whoever has it. And
 * no process goes back to an earlier version of a lineage.
 */
export class ViewAgreement {
  readonly #contents = new Map<string, { readonly text: string; readonly observer: string }>()
  readonly #versions = new Map<string, Map<string, number>>()

  /**
   * A process has this view now. The same view may be shown again and again.
   *
   * @param observer one life of a process: a new life may begin anywhere
   */
  observe(observer: string, view: ObservedView): void {
    const id = `${view.lineage}/${view.version}`
    if (!view.members.includes(view.coordinator))
      throw this.#violation(`the coordinator ${view.coordinator} of view ${id} at ${observer} is no member of it`)
    if (new Set(view.members).size < view.members.length)
      throw this.#violation(`view ${id} at ${observer} has a member twice: ${view.members.join(' ')}`)
    this.#compare(observer, id, `${view.members.join(' ')} under ${view.coordinator}`)
    this.#rise(observer, view)
  }

  /** How many different views were seen. */
  get count(): number {
    return this.#contents.size
  }

  #compare(observer: string, id: string, text: string): void {
    const known = this.#contents.get(id)
    if (known === undefined) this.#contents.set(id, { text, observer })
    else if (known.text !== text)
      throw this.#violation(`two views ${id}: ${known.text} at ${known.observer}, ${text} at ${observer}`)
  }

  #rise(observer: string, { lineage, version }: ObservedView): void {
    let versions = this.#versions.get(observer)
    if (versions === undefined) this.#versions.set(observer, (versions = new Map<string, number>()))
    const last = versions.get(lineage)
    if (last !== undefined && last > version)
      throw this.#violation(`${observer} has version ${version} of ${lineage} after version ${last}`)
    versions.set(lineage, version)
  }

  #violation(message: string): InvariantViolation {
    return new InvariantViolation('view agreement', message)
  }
}
