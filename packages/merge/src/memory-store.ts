/**
 * A small store for server programs whose data follows its keys: a map in memory that a merge can read, write and close.
 *
 * @packageDocumentation
 */
export { MemoryStore } from './memory-store/memory-store.ts'
