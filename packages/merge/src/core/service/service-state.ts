/** In or out of service, as CHMPX says it. */
export type RingState = 'out' | 'in'
/** What is being done to a server: nothing, it is added, or it is taken out. */
export type ServiceAction = 'none' | 'add' | 'delete'
/** How far a merge is with a server. */
export type MergeProgress = 'nothing' | 'pending' | 'doing' | 'done'

/**
 * Where a server stands in its lifecycle. *Returning*: it serves, and holds less than it is to hold, mostly since it lives anew.
 * *Gaining*: it serves, and gets more.
 */
export const serviceStates = [
  'out',
  'in',
  'returning-pending',
  'returning-doing',
  'returning-done',
  'gaining-doing',
  'gaining-done',
  'add-pending',
  'add-doing',
  'add-done',
  'delete-pending',
  'delete-doing',
  'delete-done',
] as const

export type ServiceState = (typeof serviceStates)[number]

/** What a state is in CHMPX's terms, and what follows from it. */
export interface ServiceTraits {
  readonly ring: RingState
  readonly action: ServiceAction
  readonly progress: MergeProgress
  /** Whether it serves now: CHMPX's base hash counts it. */
  readonly isServing: boolean
  /** Whether it is to serve once what goes on is complete: CHMPX's pending hash counts it. */
  readonly willServe: boolean
}

export function traitsOf(state: ServiceState): ServiceTraits {
  if (state === 'out') return { ring: 'out', action: 'none', progress: 'nothing', isServing: false, willServe: false }
  const [what, progress = 'nothing'] = state.split('-') as [string, MergeProgress?]
  const action = what === 'add' || what === 'delete' ? what : 'none'
  return { ring: 'in', action, progress, isServing: action !== 'add', willServe: action !== 'delete' }
}

/** States that a server can be in which is not in the view. */
export const statesOfDown: ReadonlySet<ServiceState> = new Set(['out', 'in', 'delete-pending', 'delete-done'])

export function isServiceState(value: unknown): value is ServiceState {
  return (serviceStates as readonly unknown[]).includes(value)
}
