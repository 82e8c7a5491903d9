import type { NodeDump } from '@ring/control-protocol'
import { Accounts, answered, type PictureNode, type RingPicture, serversOf } from '../ring/picture.ts'

export type Severity = 'error' | 'warning'

/** Something that is not as it should be. */
export interface Finding {
  readonly rule: string
  readonly severity: Severity
  /** The node that it is about; undefined: the ring. */
  readonly node: string | undefined
  readonly text: string
  /** Who disagrees, or says so. */
  readonly between: readonly string[]
  /** Commands of the linetool that mend it, in order; none where no command does. */
  readonly mend: readonly string[]
  /** What to do beside commands, or before them. */
  readonly advice: string | undefined
}

/** What the rules look at. */
export interface CheckedRing {
  readonly picture: RingPicture
  readonly accounts: Accounts
  readonly servers: readonly PictureNode[]
  readonly answers: readonly { readonly node: PictureNode; readonly dump: NodeDump }[]
  /** Merges begin and end by themselves. */
  readonly isAutomatic: boolean
}

/** One rule of the check, as data: what it is about, and how it is found. */
export interface Rule {
  readonly id: string
  readonly about: string
  look(ring: CheckedRing): readonly Finding[]
}

export function checkedRing(picture: RingPicture): CheckedRing {
  const answers = answered(picture)
  const isAutomatic =
    answers.length > 0 && answers.every(({ dump }) => dump.configuration.autoMerge && !dump.isSuspended)
  return { picture, accounts: new Accounts(picture), servers: serversOf(picture), answers, isAutomatic }
}

const shownMost = 4

/** Names in a sentence; a hundred are not read. */
export function namesText(names: readonly string[]): string {
  if (names.length <= shownMost) return names.join(', ')
  return `${names.slice(0, shownMost - 1).join(', ')} and ${names.length - shownMost + 1} others`
}
