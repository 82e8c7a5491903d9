// What two builds measured in turn, row by row: the median of each side, and the median of the ratios of the pairs.

/**
 * @typedef {{ name: string, value: number, unit: string, note?: string }} Row One of `npm run bench --json`.
 * @typedef {{ name: string, here: Row[], there: Row[] }} Pair One case, measured once in each build.
 */

const median = (values) => [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)]

/** Rates and processor times stand in a row's note, as people read them: builds of before have them nowhere else. */
const figures = {
  'round trips /s': /^([\d.]+)\/s,/,
  'us CPU': /([\d.]+) us CPU/,
  'us CPU with': /, ([\d.]+) us with/,
}

/** @param {Row} row */
function valuesOf({ name, value, unit, note = '' }) {
  const values = [{ what: name, unit, value }]
  for (const [figure, pattern] of Object.entries(figures)) {
    const [, text] = pattern.exec(note) ?? []
    if (text !== undefined) values.push({ what: name, unit: figure, value: Number(text) })
  }
  return values
}

/** @param {Pair[]} pairs */
export function rowsOf(pairs) {
  const found = new Map()
  for (const { here, there } of pairs) {
    const others = new Map(there.flatMap(valuesOf).map((one) => [`${one.what}, ${one.unit}`, one.value]))
    for (const { what, unit, value } of here.flatMap(valuesOf)) {
      const other = others.get(`${what}, ${unit}`)
      if (other === undefined) continue
      const entry = found.get(`${what}, ${unit}`) ?? { what, unit, pairs: [] }
      entry.pairs.push([value, other])
      found.set(`${what}, ${unit}`, entry)
    }
  }
  return [...found.values()].map(({ what, unit, pairs: values }) => ({
    what,
    unit,
    here: median(values.map(([one]) => one)),
    there: median(values.map(([, other]) => other)),
    ratio: median(values.map(([one, other]) => one / other)),
    ratios: values.map(([one, other]) => one / other),
  }))
}

const numberText = (value) => (value >= 1_000 ? Math.round(value).toLocaleString('en') : value.toFixed(3))

export function tableOf(rows) {
  const lines = rows.map(({ what, unit, here, there, ratio, ratios }) => {
    const spread = `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`
    const values = `${numberText(here).padStart(10)} ${numberText(there).padStart(10)}`
    return `${what.padEnd(50)} ${unit.padEnd(15)} ${values} ${ratio.toFixed(3).padStart(7)}  ${spread}`
  })
  const head = `${'what'.padEnd(50)} ${'unit'.padEnd(15)} ${'this'.padStart(10)} ${'other'.padStart(10)}   ratio  of the pairs`
  return `${[head, ...lines].join('\n')}\n`
}
