import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileImported } from './source-paths.js'

const importing = /(?:^|\n)\s*(?:import|export)\b[^'";]*?\bfrom\s+['"](\.[^'"]+)['"]/g

/** Which file of a folder imports which; imports of types count. */
export function importGraph(folder) {
  const files = readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name))
  return new Map(
    files.map((file) => {
      const specifiers = [...readFileSync(file, 'utf8').matchAll(importing)].map(([, specifier]) => specifier)
      return [file, new Set(specifiers.map((specifier) => fileImported(file, specifier)))]
    }),
  )
}

/** The files that import each other in a circle, each circle a set; files of none are left out. */
export function circlesOf(graph) {
  const reaches = new Map([...graph.keys()].map((file) => [file, reachableFrom(graph, file)]))
  const circles = new Map()
  for (const [file, reached] of reaches) {
    const circle = [...reached].filter((other) => reaches.get(other)?.has(file)).sort()
    if (circle.length > 0) circles.set(circle.join('\n'), new Set(circle))
  }
  return [...circles.values()]
}

function reachableFrom(graph, from) {
  const seen = new Set()
  const open = [from]
  while (open.length > 0)
    for (const next of graph.get(open.pop()) ?? [])
      if (!seen.has(next)) {
        seen.add(next)
        open.push(next)
      }
  return seen
}
