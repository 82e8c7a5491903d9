import { dirname, join, resolve, sep } from 'node:path'

/** Where a source file stands: its package's `src`, and its `core` if it is in one. Undefined for other files. */
export function placeOf(file) {
  const parts = file.split(sep)
  const at = parts.lastIndexOf('src')
  if (at < 2 || !['packages', 'apps'].includes(parts[at - 2])) return undefined
  const source = parts.slice(0, at + 1).join(sep)
  return { source, core: parts[at + 1] === 'core' ? join(source, 'core') : undefined }
}

/** The file that a relative import names; undefined for another kind of import. */
export function fileImported(from, specifier) {
  return /^\.\.?\//.test(specifier) ? resolve(dirname(from), specifier) : undefined
}

export const isInside = (file, folder) => file.startsWith(folder + sep)
