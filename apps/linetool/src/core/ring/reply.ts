import { readOutcomeReply } from '@ring/control-protocol'

/** What a node said to a command that changes something. */
export interface Reply {
  /**
   * `alone`: there is no other server that it could have told, a success of a ring of one and nothing of a slave. `elsewhere`: not
   * here, but another node may do it. `refused`: with a reason that holds anywhere.
   */
  readonly kind: 'done' | 'alone' | 'elsewhere' | 'refused'
  /** Stable, for programs: that of the node where it has codes. */
  readonly code: string
  readonly text: string
  /** What it says beside that; of Ring's nodes only. */
  readonly details: readonly string[]
  readonly data?: unknown
}

const textMax = 2_000
const detailsMax = 200

/** Reads the reply; one that is neither success nor error is a refusal, since nothing says that it happened. */
export function readReply(reply: string): Reply {
  try {
    const { ok, code, text, details = [], data } = readOutcomeReply(reply)
    const head = ok ? 'SUCCEED' : 'ERROR'
    const shown = code === 'unknown-command' ? text : text === '' ? head : `${head}: ${text}`
    return {
      ...{ kind: kindOf(ok, code), code, text: harmless(shown) },
      details: details.slice(0, detailsMax).map(harmless),
      ...(data !== undefined && { data }),
    }
  } catch {
    const text = harmless(reply) || 'the node closed the connection without a word'
    return { kind: 'refused', code: 'no-outcome', text, details: [] }
  }
}

function kindOf(ok: boolean, code: string): Reply['kind'] {
  if (code === 'no-other-server') return 'alone'
  if (code === 'on-slave' || code === 'not-transferred') return 'elsewhere'
  return ok ? 'done' : 'refused'
}

/** A reply as it can be shown: without control characters, which a terminal would obey. */
export function harmless(text: string): string {
  const shown = text.length > textMax ? `${text.slice(0, textMax)}...` : text
  return withoutControls(shown).trim()
}

/** Line ends and tabs stay. */
export function withoutControls(text: string): string {
  return text.replaceAll('\r\n', '\n').replaceAll(/(?![\n\t])\p{Cc}/gu, '\ufffd')
}
