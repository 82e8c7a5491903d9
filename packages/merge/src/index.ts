/**
 * Bringing together what was apart: groups of one name that a cut had parted become one group again, and servers come into
 * service and go out of it with the keys that they are to hold.
 *
 * @packageDocumentation
 */
export type { LeadSettings } from './core/moving/leading.ts'
export { type KeySet, type Selection, Selector, type StoredKey } from './core/moving/selection.ts'
export { allDataRules, type DataRules } from './core/service/data-rules.ts'
export type { PlacementSettings } from './core/service/ideal-table.ts'
export {
  type ServiceFailure,
  type ServiceOperation,
  type ServiceOutcome,
  serviceOperationOf,
} from './core/service/operation.ts'
export { placementPart } from './core/service/placement-part.ts'
export { type Merge, type PlacementState, placementOf, type Service } from './core/service/placement-state.ts'
export { type PlannedMove, plannedMoves } from './core/service/planned-moves.ts'
export { routingOf, untoldOf } from './core/service/service-routing.ts'
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
export { DataRequestError, KeyClosedError } from './errors.ts'
export { dataService } from './moving/data-messages.ts'
export { DataMoving, type MovingHost } from './moving/data-moving.ts'
export type { DataItem, DataStore, MergeBegin, MergeEnd, ReadAnswer, ReadRequest } from './moving/data-store.ts'
export { ReportAsking } from './moving/report-asking.ts'
export { type StoreRequest, serveData } from './moving/serve-data.ts'
export { ServerReports } from './moving/server-reports.ts'
export {
  decodeServiceMessage,
  type MovingProgress,
  type ServiceMessage,
  type ServiceReport,
} from './moving/service-messages.ts'
export { viewMerging } from './view-merging.ts'
