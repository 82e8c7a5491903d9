/**
 * Bringing together what was apart. This version has the view half: groups of one name that a cut had parted become one
 * group again, as one change, and everybody hears who came from which side.
 *
 * @packageDocumentation
 */
export { viewMerging } from './view-merging.ts'
