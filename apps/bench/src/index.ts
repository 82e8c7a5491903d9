/**
 * The shapes of what `ring-bench` prints with `--json`. The load tester itself is a command: see the README.
 *
 * @packageDocumentation
 */
export type { ClientReport, LatencyReport, ProcessorReport, RunReport, ServerReport } from './core/report.ts'
export type { LoadMode } from './core/settings.ts'
export type { Layout, SpeedCase, SpeedReport } from './core/speed-report.ts'
