import { canonicalText } from '../record/canonical-text.ts'
import type { Progress } from '../record/progress.ts'
import type { ApplyRefusal } from '../record/state-parts.ts'
import { textHash } from '../record/text-hash.ts'

/** What somebody wants of a part. */
export interface Operation {
  /** 1 to {@link operationIdMaxChars} characters; one operation keeps it however often it is tried. */
  readonly id: string
  readonly part: string
  /** Plain data, at most {@link bodyMaxChars} long. */
  readonly body: unknown
}

/** An operation on its way to whoever coordinates. */
export interface OperationRequest extends Operation {
  /** How far the caller's record was when it first asked: what was decided up to there is not this operation. */
  readonly since?: Progress
  /** For how many milliseconds it is still waited for. */
  readonly forMs: number
}

/** Why an operation does not take effect by this attempt. */
export type OperationRefusal =
  | ApplyRefusal
  /** Another operation has this id. */
  | 'id-taken'
  /** So many others have come since it was first tried that nobody remembers whether it was done. */
  | 'forgotten'
  /** The coordinator has too many waiting. */
  | 'busy'
  /** It does not fit into the record any more. */
  | 'record-full'
  /** This one is for servers. */
  | 'not-allowed'

export const operationRefusals = [
  'unknown-part',
  'part-invalid',
  'too-large',
  'part-failed',
  'id-taken',
  'forgotten',
  'busy',
  'record-full',
  'not-allowed',
] as const satisfies readonly OperationRefusal[]

/** How an operation ended. */
export type OperationResult =
  /** Decided, and settled (rule R6), in this version. */
  | { readonly kind: 'done'; readonly outcome: unknown; readonly version: number }
  /** By who decides now; whoever decided before may have done it all the same. */
  | { readonly kind: 'refused'; readonly why: OperationRefusal; readonly mayHaveHappened?: boolean }
  /** This side has no quorum of voters. */
  | { readonly kind: 'no-quorum'; readonly missing: readonly string[]; readonly mayHaveHappened: boolean }
  | { readonly kind: 'timed-out'; readonly mayHaveHappened: boolean }
  /** The coordinator is of a version that knows no operations; expelling and admitting it was asked for, and does not answer. */
  | { readonly kind: 'older-coordinator'; readonly asked: boolean }

export const operationIdMaxChars = 128
/** Of a body, in characters of its canonical text. */
export const bodyMaxChars = 65_536

/** Tells two operations of one id apart. */
export function operationDigest({ part, body }: Operation): number {
  return textHash(canonicalText([part, body]))
}
