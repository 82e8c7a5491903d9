import { nodeCrypto } from '@ring/transport'

const utf8 = new TextEncoder()

/** The tokens of remote operators. Several are valid at once, so that one can be changed without a stop. */
export class TokenCheck {
  readonly #key = nodeCrypto.nonce(32)
  #marks: readonly Uint8Array[] = []

  constructor(tokens: readonly string[]) {
    this.set(tokens)
  }

  get isEmpty(): boolean {
    return this.#marks.length === 0
  }

  /** An empty token is none: everybody has it. */
  set(tokens: readonly string[]): void {
    this.#marks = tokens.filter((token) => token !== '').map((token) => this.#markOf(token))
  }

  /** Takes as long for a wrong token as for a right one, whatever they have in common. */
  accepts(token: string): boolean {
    const mark = this.#markOf(token)
    let isKnown = false
    for (const one of this.#marks) if (nodeCrypto.equal(one, mark)) isKnown = true
    return isKnown
  }

  /** Of one length for all tokens; its key is of this process alone. */
  #markOf(token: string): Uint8Array {
    return nodeCrypto.hmacSha256(this.#key, utf8.encode(token))
  }
}
