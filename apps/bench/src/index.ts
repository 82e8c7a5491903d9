/**
 * The load tester `ring-bench`, and the shape of what it prints with `--json`.
 *
 * @packageDocumentation
 */
export { runCommandLine } from './command-line.ts'
export type { ClientReport, LatencyReport, ProcessorReport, RunReport, ServerReport } from './core/report.ts'
export type { LoadMode } from './core/settings.ts'
export type { SpeedCase, SpeedReport } from './core/speed-report.ts'
export type { Entry } from './worker-process.ts'
