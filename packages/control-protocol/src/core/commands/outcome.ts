/** What a command came to. */
export interface Outcome {
  readonly ok: boolean
  /** Stable, for programs. */
  readonly code: string
  /** What stands behind `SUCCEED: ` or `ERROR: `; empty for a bare SUCCEED. */
  readonly text: string
  /** What happened in full, or what to do next: for people, a line each. */
  readonly details?: readonly string[]
  /** For the JSON form: plain data. */
  readonly data?: unknown
}

const succeeded = (text: string) => ({ ok: true, text }) as const
const failed = (text: string) => ({ ok: false, text }) as const
const unchanged = 'Could not change status, because'

/** The sentences of CHMPX, which its tools and scripts know, by what they stand for. */
const chmpxSentences = {
  done: succeeded(''),
  'no-other-server': succeeded('There no server on RING.'),
  'noticed-by-nobody': succeeded('Send status notice to no server on RING.'),
  'already-out': succeeded('Already server has been SERVICEOUT.'),
  'on-slave': failed('The command can not be executed on the slave node.'),
  operating: failed(`${unchanged} server is operating now.`),
  'not-allowed': failed(`${unchanged} status is not allowed.`),
  'some-servers': failed(`${unchanged} some servers could not be changed its status now.`),
  'no-such-server': failed('There is no such as server.'),
  'not-transferred': failed(
    'Failed to transfer command to other target server, something error occured on target server.',
  ),
  'not-completed': failed('Failed to complete merging.'),
  'not-aborted': failed('Failed to stop merging.'),
  'not-suspended': failed('Could not suspend merge automatically.'),
  'serviceout-usage': failed(
    'SERVICEOUT command must have parameter as server/ctlport.(ex: "SERVICEOUT servername.fqdn:ctlport")',
  ),
  'trace-usage': failed('TRACE command must have parameter as enable/disable.(ex: "TRACE enable")'),
  'trace-unchanged': failed('TRACE is already enabled/disabled.'),
  'traceview-usage': failed('TRACEVIEW command parameter is "TRACEVIEW [DIR=IN/OUT/ALL] [DEV=SOCK/MQ/ALL] [COUNT]"'),
  'no-trace': failed('There is no matched trace log now.'),
  'trace-off': failed('Now trace count is 0.'),
} as const

export type ChmpxCode = keyof typeof chmpxSentences

/** An outcome that CHMPX has a sentence for; what Ring has to say beside it goes into the details. */
export function chmpxOutcome(code: ChmpxCode, details: readonly string[] = [], data?: unknown): Outcome {
  return { code, ...chmpxSentences[code], ...(details.length > 0 && { details }), ...(data !== undefined && { data }) }
}

/** An outcome of Ring's own. */
export function failure(code: string, text: string, details: readonly string[] = []): Outcome {
  return { ok: false, code, text, ...(details.length > 0 && { details }) }
}

/** @returns undefined for a sentence that CHMPX does not have */
export function chmpxCodeOf(ok: boolean, text: string): ChmpxCode | undefined {
  const codes = Object.keys(chmpxSentences) as ChmpxCode[]
  return codes.find((code) => chmpxSentences[code].ok === ok && chmpxSentences[code].text === text)
}
