import { grouped, micros, seconds } from './figures.ts'
import type { ClientReport, MarkReport, RunReport } from './report.ts'
import { clientRows } from './report-text.ts'
import { escapeHtml, type Plot, svgPlot } from './svg-plot.ts'

/** The report of a client end as one page: no script, nothing from elsewhere, light or dark as the reader has it. */
export function htmlReport(report: ClientReport): string {
  const title = `ring-bench: ${report.mode} at ${report.node}${report.label === '' ? '' : `, ${report.label}`}`
  const rows = clientRows(report).map(
    ([name, text]) => `<tr><th>${escapeHtml(name.trim())}</th><td>${escapeHtml(text)}</td></tr>`,
  )
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
<p class="lead"><b>${grouped(report.perSecond)}</b> a second, p50 <b>${micros(report.latencyMicros.p50)}</b>, p99 <b>${micros(report.latencyMicros.p99)}</b>, ${grouped(failuresOf(report))} failed of ${grouped(report.requests.sent)}</p>
<h2>Latency by percentile</h2>
${svgPlot(percentilePlot(report))}
${report.runs.map((run, index) => runSection(run, index, report.runs.length)).join('\n')}
<h2>Figures</h2>
<table>${rows.join('\n')}</table>
</body>
</html>
`
}

const failuresOf = ({ requests }: ClientReport) => requests.notDelivered + requests.maybeDelivered + requests.failed

/** Percentiles are drawn by what is left above them: 99 % and 99.9 % are as far apart as 90 % and 99 %. */
function percentilePlot(report: ClientReport): Plot {
  const across = (percent: number) => 1 / Math.max(1 - percent / 100, 1e-6)
  const named = new Map([50, 90, 99, 99.9, 99.99].map((percent) => [across(percent), `${percent} %`]))
  const x = {
    title: 'share of requests',
    scale: 'log',
    ticks: [...named.keys()],
    format: (value: number) => named.get(value) ?? '',
  } as const
  const of = (points: ClientReport['percentiles']) =>
    points.map(([percent, value]) => [across(percent), value] as const)
  return {
    title: 'Latency by percentile',
    x,
    y: { title: 'latency', scale: 'log', format: micros },
    lines: [{ name: 'latency', points: of(report.percentiles), style: 'one' }],
  }
}

function runSection({ timeline, marks = [] }: RunReport, index: number, count: number): string {
  if (timeline === undefined) return ''
  const { intervalSeconds, repliesPerSecond, failuresPerSecond, p50Micros, p99Micros } = timeline
  const over = (values: readonly number[]) => values.map((value, at) => [(at + 0.5) * intervalSeconds, value] as const)
  const known = (values: readonly number[]) => over(values.map((value) => (value === 0 ? Number.NaN : value)))
  const time = {
    title: 'seconds',
    scale: 'linear',
    format: (value: number) => String(Number(value.toFixed(3))),
  } as const
  const numbered = marks.map(({ seconds: x, text }, at) => ({ x, number: at + 1, text }))
  const throughput: Plot = {
    title: 'Throughput over time',
    x: time,
    y: { title: 'a second', scale: 'linear', format: grouped },
    lines: [
      { name: 'replies', points: over(repliesPerSecond), style: 'one' },
      { name: 'failures', points: over(failuresPerSecond), style: 'bad' },
    ],
    marks: numbered,
  }
  const latency: Plot = {
    title: 'Latency over time',
    x: time,
    y: { title: 'latency', scale: 'log', format: micros },
    lines: [
      { name: 'p50', points: known(p50Micros), style: 'one' },
      { name: 'p99', points: known(p99Micros), style: 'two' },
    ],
    marks: numbered,
  }
  const which = count > 1 ? `, run ${index + 1} of ${count}` : ''
  return `<h2>Throughput over time${which}</h2>
${svgPlot(throughput)}
<h2>Latency over time${which}</h2>
${svgPlot(latency)}
${marksList(marks)}`
}

function marksList(marks: readonly MarkReport[]): string {
  if (marks.length === 0) return ''
  const items = marks.map((mark) => `<li>${seconds(mark.seconds)}: ${escapeHtml(mark.text)}</li>`)
  return `<ol class="marks">${items.join('')}</ol>`
}

const style = `
:root{color-scheme:light dark;--ink:#1f2328;--soft:#59636e;--grid:#d1d9e0;--one:#0969da;--two:#8250df;--bad:#cf222e;--mark:#bc4c00}
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9198a1;--grid:#3d444d;--one:#539bf5;--two:#b083f0;--bad:#f47067;--mark:#c69026}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);max-width:900px;margin:2rem auto;padding:0 1rem}
h1{font-size:1.4rem}h2{font-size:1.05rem;margin-top:2rem}.lead{font-size:1.1rem}
svg{width:100%;height:auto}.grid{stroke:var(--grid)}.tick,.axis{font-size:11px;fill:var(--soft)}
.line{fill:none;stroke-width:1.8}.one{stroke:var(--one)}.two{stroke:var(--two)}.bad{stroke:var(--bad)}
.mark line{stroke:var(--mark);stroke-dasharray:4 3}.mark text{font-size:11px;fill:var(--mark)}
.marks{color:var(--soft);columns:2}table{border-collapse:collapse}th{text-align:left;font-weight:500;color:var(--soft);padding:.15rem 1.5rem .15rem 0;vertical-align:top;white-space:nowrap}
td{font-variant-numeric:tabular-nums}`
