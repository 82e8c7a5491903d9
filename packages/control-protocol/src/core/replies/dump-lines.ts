/** Lines of DUMP: the keys of one block are padded to one width. */
export function lines(
  indent: number,
  width: number,
  entries: readonly (readonly [key: string, value: string])[],
): readonly string[] {
  return entries.map(([key, value]) => `${' '.repeat(indent)}${key.padEnd(width)} = ${value}`)
}
