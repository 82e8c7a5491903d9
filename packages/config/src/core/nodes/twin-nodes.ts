import type { Journal } from '../journal.ts'
import type { AnySection, WholeSection } from '../sections/section.ts'
import type { RawEntry } from '../text/raw.ts'

/**
 * The node sections of INI as CHMPX takes them: two with one NAME and CTLPORT are one node, key by key, what comes later
 * holds, also where their CUKs differ; one without a NAME is none. Those of YAML and JSON stay as they are.
 */
export function withoutTwins(
  section: AnySection,
  wholes: readonly WholeSection[],
  journal: Journal,
): readonly WholeSection[] {
  const nodes = new Map<unknown, { readonly at: WholeSection['at']; readonly entries: RawEntry[] }>()
  for (const whole of wholes) {
    const subject = { ...whole.at, section: section.name }
    const identity = identityOf(whole)
    if (identity === undefined) {
      journal.warn({ ...subject, rule: 'has no NAME and is ignored, as in CHMPX' })
      continue
    }
    const first = nodes.get(identity)
    if (first === undefined) nodes.set(identity, { at: whole.at, entries: [...whole.entries] })
    else {
      const file = first.at.file === whole.at.file ? '' : ` of ${first.at.file ?? '?'}`
      const line = first.at.line ?? '?'
      const rule = `has the NAME and CTLPORT of the one in line ${line}${file}; both are one node, the later keys hold`
      journal.warn({ ...subject, rule })
      // What is given again is no mistake of that section, and not warned of key by key.
      const again = new Set(whole.entries.map(({ id }) => id))
      const kept = first.entries.filter(({ id }) => !again.has(id))
      first.entries.splice(0, first.entries.length, ...kept, ...whole.entries)
    }
  }
  return [...nodes.values()]
}

/** The section itself where it is of its own kind, a text that twins share, or nothing for one without a NAME. */
function identityOf(whole: WholeSection): unknown {
  if (whole.entries.some(({ source }) => source.syntax !== 'ini')) return whole
  const last = (key: string) => whole.entries.findLast(({ id }) => id === key)?.value
  const name = last('NAME')
  return name === undefined ? undefined : JSON.stringify([name, last('CTLPORT')])
}
