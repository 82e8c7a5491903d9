/** The rules of streams that a simulation can take out, to show that it would notice. Production code has all. */
export interface StreamRules {
  /** K3: a stream waits for credit. Without it a consumer that stops costs all that the handler yields. */
  readonly creditBinds: boolean
  /** K1: a stream that has opened is not sent again. Without it items of two runs get mixed. */
  readonly opensOnce: boolean
  /** The iterator of a stream that nobody wants is closed. Without it handlers stay half run. */
  readonly iteratorsClose: boolean
}

export const soundStreamRules: StreamRules = { creditBinds: true, opensOnce: true, iteratorsClose: true }
