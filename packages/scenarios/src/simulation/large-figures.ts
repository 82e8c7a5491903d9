import { type Background, LargeGroup, type LargeGroupOptions } from './large-group.ts'

/** Of several times, in milliseconds of the world. */
export interface Times {
  readonly medianMs: number
  readonly worstMs: number
}

/** What is measured of a group of one size. */
export interface LargeFigures {
  readonly members: number
  /** From the first process to one view of all, in milliseconds of the world. */
  readonly grownMs: number
  readonly background: Background
  readonly crash: Times
  readonly silent: Times
  readonly long?: {
    /** Members expelled in ten minutes of a network that loses and delays. */
    readonly lossExpelled: number
    /** In ten minutes in which a third pauses: members that never paused, and those that do. */
    readonly healthyExpelled: number
    readonly sleepersExpelled: number
  }
}

export interface MeasureOptions extends LargeGroupOptions {
  readonly long: boolean
  readonly progress: (what: string) => void
}

const victims = 5
const backgroundMs = 20_000
const longMinutes = 10

/** Grows a group and measures it, minutes of the world; the last part only where `long` asks for it. */
export function measureLarge({ long, progress, ...options }: MeasureOptions): LargeFigures {
  progress('growing')
  const large = new LargeGroup(options)
  const grownMs = large.grow()
  large.pass(10_000)
  progress('background traffic')
  const background = large.background(backgroundMs)
  const detection = (how: 'crash' | 'silent'): Times =>
    timesOf(
      large.victims(how, victims).map((victim, at) => {
        progress(`${how} ${at + 1} of ${victims}`)
        return large.detection(how, victim())
      }),
    )
  const figures = {
    members: options.members,
    grownMs,
    background,
    crash: detection('crash'),
    silent: detection('silent'),
  }
  return long ? { ...figures, long: { ...pauses(options, progress), ...loss(options, progress) } } : figures
}

/** A group of its own for each: what came before shall not count. */
function grown(options: LargeGroupOptions): LargeGroup {
  const large = new LargeGroup(options)
  large.grow()
  large.pass(10_000)
  return large
}

function pauses(options: LargeGroupOptions, progress: (what: string) => void) {
  const large = grown(options)
  const { sleepers, healthy } = large.pauseAThird()
  passMinutes(large, 'pauses', progress)
  return { healthyExpelled: large.rejoins(healthy), sleepersExpelled: large.rejoins(sleepers) }
}

function loss(options: LargeGroupOptions, progress: (what: string) => void) {
  const large = grown(options)
  large.worsen()
  passMinutes(large, 'loss and delay', progress)
  return { lossExpelled: large.rejoins() }
}

function passMinutes(large: LargeGroup, what: string, progress: (what: string) => void): void {
  for (let minute = 1; minute <= longMinutes; minute++) {
    progress(`${what}, minute ${minute} of ${longMinutes}`)
    large.pass(60_000)
  }
}

function timesOf(times: readonly number[]): Times {
  const sorted = [...times].sort((one, other) => one - other)
  return { medianMs: sorted[Math.floor(sorted.length / 2)]!, worstMs: sorted.at(-1)! }
}

/** The figures as a table of text: a column for each size of group. */
export function largeTable(columns: readonly LargeFigures[]): string {
  const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`
  const times = ({ medianMs, worstMs }: Times) => `${seconds(medianMs)}, ${seconds(worstMs)}`
  const rate = ({ messages, bytes }: Background['mean']) => `${messages.toFixed(1)}, ${(bytes / 1000).toFixed(2)} kB`
  const rows: readonly (readonly [string, (figures: LargeFigures) => string])[] = [
    ['members', ({ members }) => String(members)],
    ['from the first process to one view of all', ({ grownMs }) => seconds(grownMs)],
    ['messages and bytes a second, the mean member', ({ background }) => rate(background.mean)],
    ['messages and bytes a second, the busiest', ({ background }) => rate(background.busiest)],
    ['a crash known to all: median, worst of 5', ({ crash }) => times(crash)],
    ['a silent member out of all views: median, worst of 5', ({ silent }) => times(silent)],
    ['expelled in 10 min, 5 % loss, 50 to 150 ms', ({ long }) => String(long?.lossExpelled ?? '')],
    ['expelled in 10 min, a third pausing: healthy ones', ({ long }) => String(long?.healthyExpelled ?? '')],
    ['expelled in 10 min, a third pausing: those', ({ long }) => String(long?.sleepersExpelled ?? '')],
  ]
  const shown = rows.filter((_row, at) => at < 6 || columns.some(({ long }) => long !== undefined))
  return shown
    .map(([name, cell]) => [name.padEnd(52), ...columns.map((figures) => cell(figures).padStart(18))].join('  '))
    .join('\n')
}
