import type { AnySection } from '@ring/config'
import { ringSection } from './ring-section.ts'

/** What the parts of a node bring; each part adds its own. */
const partSections: readonly AnySection[] = []

/**
 * The sections that a node reads beside those of the configuration itself, each named here and nowhere else. Whoever loads
 * a configuration gives the loader this list; whoever shows, compares, converts or documents one asks the configuration
 * what it was read with. So a section of a part is checked, shown, reloaded and documented as [RING] is.
 */
export const nodeSections: readonly AnySection[] = [ringSection, ...partSections]
