import { grouped, micros, seconds, table } from './figures.ts'
import type { ClientReport, LatencyReport, ProcessorReport, ServerReport } from './report.ts'

type Row = readonly [name: string, text: string]

/** The report of a client end for people. */
export function clientText(report: ClientReport): string {
  const rows = clientRows(report)
  return table(rows, Math.max(22, ...rows.map(([name]) => name.length)))
}

/** The same, line by line. */
export function clientRows(report: ClientReport): readonly Row[] {
  const { requests, baseline } = report
  return [
    [
      'mode',
      `${report.mode}, ${report.bodySizes}${report.verified && report.mode !== 'oneway' ? ', every reply compared' : ''}`,
    ],
    ['node', `${report.node}${report.embedded ? ' (embedded)' : ''}`],
    ['load', loadText(report)],
    ['keys', `${grouped(report.keys)}, ${report.keyDistribution}`],
    ...(report.label === '' ? [] : [['label', report.label] as const]),
    ['throughput', `${grouped(report.perSecond)} ${report.mode === 'request' ? 'round trips' : 'messages'}/s`],
    ['latency', latencyText(report.latencyMicros)],
    ['requests', accountText(requests)],
    ['wrong replies', String(requests.wrong)],
    ...(report.answers === 0 ? [] : [['answers', grouped(report.answers)] as const]),
    ...(report.slowestFailureMicros === 0 ? [] : [['slowest failure', micros(report.slowestFailureMicros)] as const]),
    ...Object.entries(report.errors).map(([code, count]) => [`  ${code}`, grouped(count)] as const),
    ...processorRows(report.cpu, report.cores),
    ...(baseline === undefined ? [] : baselineRows(report, baseline)),
  ]
}

export function serverText(report: ServerReport): string {
  return table([
    ['node', `${report.node}${report.embedded ? ' (embedded)' : ''}`],
    ['served', `${grouped(report.requests)} in ${seconds(report.seconds)}, ${grouped(report.oneWay)} of them one-way`],
    ['bytes', grouped(report.bytes)],
    ['throughput', `${grouped(report.perSecond)}/s`],
    ...processorRows(report.cpu, report.cores),
  ])
}

export function latencyText({ p50, p90, p99, p999, max }: LatencyReport): string {
  return `p50 ${micros(p50)}  p90 ${micros(p90)}  p99 ${micros(p99)}  p99.9 ${micros(p999)}  max ${micros(max)}`
}

function loadText({ processes, inFlight, open, seconds: time }: ClientReport): string {
  if (open === undefined) return `${plural(processes, 'process')} x ${inFlight} in flight, ${seconds(time)}`
  const unsent = open.unsent === 0 ? '' : `; ${grouped(open.unsent)} NOT SENT: all ${inFlight} were out`
  return `${grouped(open.perSecond)}/s wanted, latencies from when each was due, ${seconds(time)}${unsent}`
}

function accountText(requests: ClientReport['requests']): string {
  const { sent, replied, notDelivered, maybeDelivered, failed, unaccounted } = requests
  const lost = unaccounted === 0 ? '' : ` + ${grouped(unaccounted)} UNACCOUNTED`
  return (
    `${grouped(sent)} sent = ${grouped(replied)} replied + ${grouped(notDelivered)} not delivered + ` +
    `${grouped(maybeDelivered)} may have been delivered + ${grouped(failed)} failed${lost}`
  )
}

function processorRows(cpu: ProcessorReport, cores: number): readonly Row[] {
  const { microsPerRoundTrip, counted } = cpu
  const each = microsPerRoundTrip === undefined ? 'not known' : `${microsPerRoundTrip.toFixed(1)} us a round trip`
  const names = counted.map(({ what, pid, micros: used }) => `${what} (${pid}) ${micros(used)}`)
  return [
    ['processor', `${each}, over ${plural(counted.length, 'process')}; ${plural(cores, 'core')}`],
    ['  counted', names.join(', ')],
  ]
}

function baselineRows(report: ClientReport, baseline: NonNullable<ClientReport['baseline']>): readonly Row[] {
  const cpu = baseline.cpuMicrosPerRoundTrip
  const used = cpu === undefined ? '' : `, ${cpu.toFixed(1)} us of processor each`
  return [
    ['baseline', `${grouped(baseline.perSecond)} round trips/s of a framed echo over one TCP connection${used}`],
    ['  latency', latencyText(baseline.latencyMicros)],
    ['ratio', `${baseline.ratio.toFixed(3)} (median of ${plural(report.runs.length, 'run')} in turn)`],
  ]
}

function plural(count: number, word: string): string {
  return `${grouped(count)} ${word}${count === 1 ? '' : word.endsWith('s') ? 'es' : 's'}`
}
