/**
 * Bringing together what was apart: groups of one name that a cut had parted become one group again, and servers come into
 * service and go out of it with the keys that they are to hold.
 *
 * @packageDocumentation
 */
export type { PlacementSettings } from './core/service/ideal-table.ts'
export {
  type ServiceFailure,
  type ServiceOperation,
  type ServiceOutcome,
  serviceOperationOf,
} from './core/service/operation.ts'
export { placementPart } from './core/service/placement-part.ts'
export { type Merge, type PlacementState, placementOf, type Service } from './core/service/placement-state.ts'
export { routingOf } from './core/service/service-routing.ts'
export {
  type MergeProgress,
  type RingState,
  type ServiceAction,
  type ServiceState,
  serviceStates,
  traitsOf,
} from './core/service/service-state.ts'
export {
  eventMeanings,
  nextState,
  refusalOf,
  refusals,
  type ServiceEvent,
  type ServiceRefusal,
  serviceEvents,
  type Transition,
  transitions,
} from './core/service/transitions.ts'
export { viewMerging } from './view-merging.ts'
