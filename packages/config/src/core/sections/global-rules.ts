import type { Journal } from '../journal.ts'
import type { GlobalFields, GlobalSettings } from './global-section.ts'
import type { ReadSection } from './section.ts'

type Read = ReadSection<GlobalFields>
type Forced = Partial<Pick<GlobalSettings, 'autoMerge' | 'doMerge' | 'replica' | 'sslMinVer'>>

const outdated = new Set(['SSLV2', 'SSLV3', 'TLSV1.0', 'TLSV1.1'])

function forcedBy(values: Read['values']): readonly (readonly [Forced, string])[] {
  if (values.deliverMode === 'random') {
    const rule = 'with DELIVERMODE = random'
    return [
      [{ autoMerge: true }, `is on ${rule}`],
      [{ doMerge: false }, `is off ${rule}`],
      [{ replica: 0 }, `is 0 ${rule}`],
    ]
  }
  if (values.deliverMode === 'hash' && values.doMerge === false) {
    return [
      [{ autoMerge: false }, 'is off in CHMPX because DOMERGE is off; here servers come into service by themselves'],
    ]
  }
  return []
}

/** What one key of [GLOBAL] makes of another, as CHMPX has it; a file that says otherwise is warned. */
export function normalized(global: Read, journal: Journal): Partial<GlobalSettings> {
  const forced = [...forcedBy(global.values)]
  const { replica, maxChmpx, deliverMode } = global.values
  if (deliverMode === 'hash' && replica !== undefined && maxChmpx !== undefined && replica > maxChmpx) {
    forced.push([{ replica: maxChmpx }, `is more than MAXCHMPX; ${maxChmpx} holds, as in CHMPX`])
  }
  if (outdated.has(global.values.sslMinVer ?? '')) {
    forced.push([{ sslMinVer: 'TLSV1.2' }, 'is too old to be safe; TLSV1.2 is used'])
  }
  for (const [change, rule] of forced) {
    for (const [property, value] of Object.entries(change)) {
      const written = global.written(property as keyof Forced)
      const said = global.values[property as keyof Forced]
      if (written !== undefined && said !== value) journal.warn({ ...written, rule })
    }
  }
  return Object.assign(
    { ...global.values, mergesByItself: mergesByItself(global) },
    ...forced.map(([change]) => change),
  ) as Partial<GlobalSettings>
}

/** Before one key has made something of another. */
function mergesByItself(global: Read): boolean {
  const { deliverMode, autoMerge, doMerge } = global.values
  if (deliverMode === 'random') return true
  return global.written('autoMerge') !== undefined ? autoMerge === true : doMerge !== true
}
