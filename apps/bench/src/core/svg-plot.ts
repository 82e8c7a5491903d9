/** One line of a plot; points without a value (NaN) leave a gap. */
export interface PlotLine {
  readonly name: string
  readonly points: readonly (readonly [x: number, y: number])[]
  /** A CSS class that gives the colour. */
  readonly style: string
}

export interface Axis {
  readonly title: string
  readonly scale: 'linear' | 'log'
  readonly format: (value: number) => string
  /** Where lines with a number are drawn; chosen when not given. */
  readonly ticks?: readonly number[]
}

export interface Plot {
  readonly title: string
  readonly x: Axis
  readonly y: Axis
  readonly lines: readonly PlotLine[]
  /** Moments, as upright lines with a number; their texts stand elsewhere. */
  readonly marks?: readonly { readonly x: number; readonly number: number; readonly text: string }[]
}

const width = 860
const height = 300
const left = 70
const right = 36
const top = 30
const bottom = 44

/** A plot as SVG, styled by the page around it. */
export function svgPlot(plot: Plot): string {
  const points = plot.lines.flatMap((line) => line.points.filter(([, y]) => Number.isFinite(y)))
  if (points.length === 0) return ''
  const marks = plot.marks ?? []
  const across = placing(plot.x, [...points.map(([x]) => x), ...marks.map(({ x }) => x)], [left, width - right], false)
  const up = placing(
    plot.y,
    points.map(([, y]) => y),
    [height - bottom, top],
    true,
  )
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(plot.title)}">
${up.ticks.map((tick) => upTick(up.place(tick), plot.y.format(tick))).join('\n')}
${across.ticks.map((tick) => acrossTick(across.place(tick), plot.x.format(tick))).join('\n')}
<text class="axis" x="${width - right}" y="${height - 6}" text-anchor="end">${escapeHtml(plot.x.title)}</text>
<text class="axis" x="${left}" y="${top - 14}">${escapeHtml(plot.y.title)}</text>
${marks.map(({ x, number, text }) => mark(across.place(x), number, text)).join('\n')}
${plot.lines.map((line) => path(line, across.place, up.place)).join('\n')}
${legend(plot.lines)}
</svg>`
}

export function escapeHtml(text: string): string {
  const names: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
  return text.replace(/[&<>"]/g, (character) => names[character]!)
}

interface Placing {
  readonly ticks: readonly number[]
  readonly place: (value: number) => number
}

function placing(axis: Axis, values: readonly number[], [from, to]: readonly [number, number], isUp: boolean): Placing {
  const isLog = axis.scale === 'log'
  const positive = isLog ? values.filter((value) => value > 0) : values
  const lowest = isLog ? Math.min(...positive) : isUp ? 0 : Math.min(...positive)
  const highest = Math.max(...positive, lowest * (isLog ? 2 : 1), lowest + (isLog ? 0 : 1e-9))
  const ticks =
    axis.ticks?.filter((tick) => tick >= lowest && tick <= highest) ?? (isLog ? decades : round)(lowest, highest)
  const low = Math.min(lowest, ...ticks)
  const high = Math.max(highest, ...(isUp ? ticks : []))
  const of = (value: number) => (isLog ? Math.log10(Math.max(value, low)) : value)
  const share = (value: number) => (of(value) - of(low)) / (of(high) - of(low))
  return { ticks, place: (value) => from + share(value) * (to - from) }
}

function decades(low: number, high: number): readonly number[] {
  const first = Math.floor(Math.log10(low))
  const last = Math.ceil(Math.log10(high))
  return Array.from({ length: last - first + 1 }, (_, step) => 10 ** (first + step))
}

/** About five steps of 1, 2 or 5 times a power of ten. */
function round(low: number, high: number): readonly number[] {
  const rough = (high - low) / 5
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map((times) => times * power).find((one) => one >= rough) ?? rough
  const first = Math.ceil(low / step)
  const count = Math.floor(high / step) - first + 2
  return Array.from({ length: count }, (_, at) => (first + at) * step)
}

const upTick = (y: number, text: string) =>
  `<line class="grid" x1="${left}" x2="${width - right}" y1="${y.toFixed(1)}" y2="${y.toFixed(1)}"/>` +
  `<text class="tick" x="${left - 8}" y="${(y + 4).toFixed(1)}" text-anchor="end">${escapeHtml(text)}</text>`

const acrossTick = (x: number, text: string) =>
  x > width - right + 1
    ? ''
    : `<line class="grid" x1="${x.toFixed(1)}" x2="${x.toFixed(1)}" y1="${top}" y2="${height - bottom}"/>` +
      `<text class="tick" x="${x.toFixed(1)}" y="${height - bottom + 18}" text-anchor="middle">${escapeHtml(text)}</text>`

const mark = (x: number, number: number, text: string) =>
  `<g class="mark"><title>${escapeHtml(text)}</title><line x1="${x.toFixed(1)}" x2="${x.toFixed(1)}" y1="${top}" y2="${height - bottom}"/>` +
  `<text x="${x.toFixed(1)}" y="${top - 3}" text-anchor="middle">${number}</text></g>`

function path({ points, style, name }: PlotLine, x: Placing['place'], y: Placing['place']): string {
  let isDrawing = false
  const steps = points.map((point) => {
    if (!Number.isFinite(point[1])) {
      isDrawing = false
      return ''
    }
    const step = `${isDrawing ? 'L' : 'M'}${x(point[0]).toFixed(1)} ${y(point[1]).toFixed(1)}`
    isDrawing = true
    return step
  })
  return `<path class="line ${style}" d="${steps.join('')}"><title>${escapeHtml(name)}</title></path>`
}

function legend(lines: readonly PlotLine[]): string {
  if (lines.length < 2) return ''
  const places = lines.map((_, at) => width - right - 130 * (lines.length - at))
  return lines
    .map(
      ({ name, style }, at) =>
        `<line class="line ${style}" x1="${places[at]!}" x2="${places[at]! + 18}" y1="${top - 18}" y2="${top - 18}"/>` +
        `<text class="axis" x="${places[at]! + 24}" y="${top - 14}">${escapeHtml(name)}</text>`,
    )
    .join('')
}
