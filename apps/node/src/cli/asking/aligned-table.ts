/** Columns side by side, each as wide as its widest cell. What peers say of themselves cannot move the cursor. */
export function alignedTable(rows: readonly (readonly string[])[]): string {
  const clean = rows.map((row) => row.map((cell) => cell.replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, '?')))
  const widths: number[] = []
  for (const row of clean) row.forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 0, cell.length)))
  const line = (row: readonly string[]) => row.map((cell, at) => cell.padEnd(widths[at]!)).join('  ')
  return clean.map((row) => `${line(row).trimEnd()}\n`).join('')
}
