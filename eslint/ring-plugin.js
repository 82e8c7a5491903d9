import { dirname, relative, sep } from 'node:path'
import { circlesOf, importGraph } from './import-graph.js'
import { knownCircles } from './known-circles.js'
import { fileImported, isInside, placeOf } from './source-paths.js'

/** Calls `look(file, node)` for each relative import of a file, of whatever form. */
function eachImport(context, look) {
  const visit = (node) => {
    const source = node.source?.value ?? node.argument?.literal?.value
    const file = typeof source === 'string' ? fileImported(context.filename, source) : undefined
    if (file !== undefined) look(file, node)
  }
  return {
    ImportDeclaration: visit,
    ExportNamedDeclaration: visit,
    ExportAllDeclaration: visit,
    ImportExpression: visit,
    TSImportType: visit,
  }
}

/** A relative import stays within its package, and, in a core, within the core. */
const staysInside = {
  meta: { type: 'problem', schema: [{ enum: ['package', 'core'] }] },
  create(context) {
    const place = placeOf(context.filename)
    if (place === undefined) return {}
    const core = context.options[0] === 'core' ? place.core : undefined
    return eachImport(context, (file, node) => {
      if (!isInside(file, dirname(place.source)))
        context.report({ node, message: 'Import a package by its public face only.' })
      else if (core !== undefined && !isInside(file, core))
        context.report({ node, message: 'A core does not import its shell.' })
    })
  },
}

const circles = new Map()

function circleAround(source, file) {
  if (!circles.has(source)) circles.set(source, circlesOf(importGraph(source)))
  return circles.get(source).find((circle) => circle.has(file))
}

const isKnown = (...files) => knownCircles.some((known) => files.every((file) => known.includes(file)))

/** No file imports, by whatever way, itself. What is seen is the disk, not what an editor has not saved yet. */
const noImportCircle = {
  meta: { type: 'problem', schema: [] },
  create(context) {
    const place = placeOf(context.filename)
    const circle = place && circleAround(place.source, context.filename)
    if (circle === undefined) return {}
    const shown = (file) => relative(context.cwd, file).split(sep).join('/')
    return eachImport(context, (file, node) => {
      if (!circle.has(file) || isKnown(shown(context.filename), shown(file))) return
      const others = [...circle].filter((one) => one !== context.filename).map((one) => relative(place.source, one))
      context.report({ node, message: `This closes a circle of imports with ${others.join(', ')}.` })
    })
  },
}

export const ringPlugin = { rules: { 'stays-inside': staysInside, 'no-import-circle': noImportCircle } }
