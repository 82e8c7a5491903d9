import type { ClientReport } from './report.ts'

/** The totals in the words of CHMPX's load tester, for those who read them by script. */
export function chmpxText(report: ClientReport, loops: number): string {
  const { requests, latencyMicros, processes, inFlight, seconds } = report
  const threads = processes * inFlight
  const errors = requests.sent - requests.replied + requests.wrong
  const threadSeconds = (latencyMicros.mean * requests.replied) / 1_000_000
  const rows = [
    ['Total process count', String(processes)],
    ['Total thread count', String(threads)],
    ['Total loop count', loops === 0 ? 'endless' : String(loops * threads)],
    ['Data length', `${report.bodyBytes} byte`],
    ['Turn around', report.mode === 'oneway' ? 'no' : 'yes'],
    ['Broadcast', report.mode === 'broadcast' ? 'yes' : 'no'],
    ['Total error count', String(errors)],
    ['Total time(addition thread)', secondsText(threadSeconds)],
    ['Average time(addition thread)', secondsText(threadSeconds / Math.max(1, requests.replied))],
    ['Total time(real)', secondsText(seconds)],
    ['Average time(real)', secondsText(seconds / Math.max(1, requests.sent))],
  ] as const
  return rows.map(([name, value]) => `${name.padEnd(30)} ${value}\n`).join('')
}

function secondsText(value: number): string {
  return `${value.toFixed(9)}s`
}
