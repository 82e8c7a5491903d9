import stringWidth from 'string-width'
import { getBorderCharacters, type TableUserConfig, table } from 'table'
import { withoutControls } from '../ring/reply.ts'
import type { Paint, TextView } from './view.ts'

/** A cell; its paint is put on after all widths are known. */
export type Cell = string | { readonly text: string; readonly paint: Paint }

const narrowest = 8
const framed = { between: 3, around: 4 } as const
const bare = { between: 2, around: 0 } as const

/**
 * A table with a head, as wide as the terminal allows: without a frame where that saves the room, then with long cells wrapped in
 * the widest columns.
 */
export function tableText(head: readonly string[], rows: readonly (readonly Cell[])[], view: TextView): string {
  const cells = [
    head.map((text) => view.paint('bold', text)),
    ...rows.map((row) => row.map((cell) => painted(cell, view))),
  ].map((row) => head.map((_, column) => row[column] ?? ''))
  const natural = head.map((_, column) => Math.max(...cells.map((row) => widthOf(row[column]!))))
  const isFramed = widthWith(natural, framed) <= view.columns
  const room = view.columns - widthWith([], isFramed ? framed : bare, natural.length)
  const widths = fitted(natural, room, Math.max(0, head.indexOf('node')))
  const columns = Object.fromEntries(widths.map((width, column) => [column, { width, wrapWord: true }]))
  if (isFramed) return table(cells, { ...frameOf(view.ascii), columns })
  // What pads the last column would only break lines of a terminal that is exactly as wide.
  return table(cells, { ...frameless(widths.length), columns }).replaceAll(/ +$/gm, '')
}

function widthWith(
  widths: readonly number[],
  { between, around }: typeof framed | typeof bare,
  count = widths.length,
): number {
  return widths.reduce((sum, width) => sum + width, between * (count - 1) + around)
}

const frameOf = (ascii: boolean): TableUserConfig => ({
  border: getBorderCharacters(ascii ? 'ramac' : 'norc'),
  drawHorizontalLine: (line, lines) => line <= 1 || line === lines,
})

const frameless = (columns: number): TableUserConfig => ({
  border: { ...getBorderCharacters('void'), bodyJoin: '  ' },
  columnDefault: { paddingLeft: 0, paddingRight: 0 },
  drawHorizontalLine: () => false,
  drawVerticalLine: (line) => line > 0 && line < columns,
})

function painted(cell: Cell, view: TextView): string {
  const text = safe(typeof cell === 'string' ? cell : cell.text)
  return typeof cell === 'string' || text === '' ? text : view.paint(cell.paint, text)
}

/** Tabs and other control characters would throw the columns out, and a name may have any of them. */
const safe = (text: string): string => withoutControls(text).replaceAll('\t', ' ')

const widthOf = (text: string): number => Math.max(...text.split('\n').map((line) => stringWidth(line)), 1)

/** Takes from the widest columns what there is no room for; names stay whole as long as another column can give. */
function fitted(natural: readonly number[], room: number, names: number): readonly number[] {
  const widths = [...natural]
  for (let over = widths.reduce((sum, width) => sum + width, 0) - room; over > 0; over--) {
    const others = widths.filter((width, column) => column !== names && width > narrowest)
    const which = others.length > 0 ? lastOf(widths, Math.max(...others), names) : names
    if (widths[which]! <= narrowest) break
    widths[which]!--
  }
  return widths
}

const lastOf = (widths: readonly number[], width: number, without: number): number =>
  widths.findLastIndex((one, column) => one === width && column !== without)
