import type { Lifecycle } from './lifecycle.ts'
import { traitsOf } from './service-state.ts'

/** No commit has more steps of its own than this: each of them takes a merge further, or begins one. */
const stepsMax = 16

/**
 * What follows by itself, in the commit in which it can: AUTOMERGE takes servers in and out, a life that returns is filled
 * (rule D2), and where no data moves a merge is over as soon as it has begun.
 */
export function settle(all: Lifecycle): void {
  for (let step = 0; step < stepsMax; step++) {
    if (!(all.merge ? mergeStep(all) : restStep(all))) return
  }
}

function mergeStep(all: Lifecycle): boolean {
  all.retarget()
  let changed = false
  const isClosing = all.merge?.closingAt !== undefined
  if (!isClosing) for (const name of returningOf(all)) changed = all.fire(name, 'merge') || changed
  const { pulling } = all
  for (const name of doingOf(all))
    if (!all.settings.movesData || !pulling.has(name)) changed = all.fire(name, 'done') || changed
  if (changed || isClosing || !isDone(all) || !goesOnByItself(all) || all.merge?.opened !== undefined) return changed
  finish(all)
  return true
}

/** Begins the end of a merge that is done: its fence, or its end where nothing that anybody holds moves. */
export function finish(all: Lifecycle): void {
  const isFenced = all.settings.movesData && [...all.givers].some((name) => all.isUp(name))
  if (isFenced) all.close()
  else all.complete()
}

function restStep(all: Lifecycle): boolean {
  all.markLacking()
  const changed = !all.suspended && all.settings.automatic && takeInAndOut(all)
  all.retarget()
  if (all.suspended || !wantsMerge(all)) return changed
  all.begin(mergeIdOf(all))
  return true
}

/** AUTOMERGE: whoever is there serves, whoever is not does not; with data when programs can hold it, and after a while. */
function takeInAndOut(all: Lifecycle): boolean {
  const { movesData, rebalanceDelayMs } = all.settings
  let changed = false
  for (const name of all.names) {
    if (all.serviceOf(name).held) continue
    if (!movesData) changed = all.fire(name, 'service-in') || changed
    if (!all.isUp(name) && (!movesData || rebalanceDelayMs === 0)) changed = all.fire(name, 'service-out') || changed
  }
  return changed
}

/** Whether there is anything that a merge would bring about, and nobody is to say so first. */
function wantsMerge(all: Lifecycle): boolean {
  const returning = returningOf(all)
  if (all.settings.automatic) return pendingOf(all).length > 0 || (!all.halted && all.lacking.size > 0)
  return returning.length > 0 && pendingOf(all).length === returning.length
}

/** Whether a merge goes on without an operator: AUTOMERGE, or nobody but lives that return takes part. */
export function goesOnByItself(all: Lifecycle): boolean {
  if (all.suspended) return false
  return all.settings.automatic || all.names.every((name) => traitsOf(all.serviceOf(name).is).action === 'none')
}

/** Lives that are to be filled by themselves. */
function returningOf(all: Lifecycle): readonly string[] {
  return all.names.filter((name) => all.serviceOf(name).is === 'returning-pending' && all.serviceOf(name).held !== true)
}

/** Those that the next merge would take along, of their own account. */
export function pendingOf(all: Lifecycle): readonly string[] {
  return all.names.filter((name) => {
    const { is, held } = all.serviceOf(name)
    return traitsOf(is).progress === 'pending' && !(is === 'returning-pending' && held === true)
  })
}

export function doingOf(all: Lifecycle): readonly string[] {
  return all.names.filter((name) => traitsOf(all.serviceOf(name).is).progress === 'doing')
}

/** Whether nobody that takes part is still to get anything. */
export function isDone(all: Lifecycle): boolean {
  return pendingOf(all).length === 0 && doingOf(all).length === 0
}

/** Two sides of a split group have other lives in view: so no two merges have one name. */
export function mergeIdOf(all: Lifecycle): string {
  const lives = all.servers.map((name) => `${name} ${all.incarnationOf(name)}`).join(', ')
  return `${all.version}-${textHash(lives)}`
}

function textHash(text: string): string {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return (hash >>> 0).toString(16)
}
