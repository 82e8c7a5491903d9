export type Paint = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan'

/** For whom a text is made. */
export interface TextView {
  /** Columns of the terminal; a pipe has no end. */
  readonly columns: number
  /** No letter beyond ASCII in lines and bars. */
  readonly ascii: boolean
  /** Colours where they are wanted; the text itself elsewhere. */
  paint(style: Paint, text: string): string
}

/** In a pipe, and in tests. */
export const plainView: TextView = { columns: Number.POSITIVE_INFINITY, ascii: false, paint: (_, text) => text }
