import { createHash } from 'node:crypto'

/** What tells keys apart without telling them. Behind words of Ring's own, so that no list of hashes has it. */
export function fingerprint(key: string | Uint8Array): string {
  return createHash('sha256').update('ring group key\0').update(key).digest('hex').slice(0, 8)
}

/** A group key in use, without the key. Times are wall clock, in milliseconds since the Unix epoch. */
export interface KeyStatus {
  readonly fingerprint: string
  /** Since when it is accepted here. */
  readonly acceptedSinceMs: number
  /** Since when it signs; undefined for one that is only accepted. */
  readonly signsSinceMs: number | undefined
}

/** Which group keys a node uses, and since when. */
export class KeyStanding {
  #keys: readonly KeyStatus[] = []

  get keys(): readonly KeyStatus[] {
    return this.#keys
  }

  /** @param keys those in use from now on; the first one signs */
  take(keys: readonly Uint8Array[], nowMs: number): void {
    const before = new Map(this.#keys.map((key) => [key.fingerprint, key]))
    this.#keys = keys.map((key, at) => {
      const mark = fingerprint(key)
      const known = before.get(mark)
      return {
        fingerprint: mark,
        acceptedSinceMs: known?.acceptedSinceMs ?? nowMs,
        signsSinceMs: at === 0 ? (known?.signsSinceMs ?? nowMs) : undefined,
      }
    })
  }
}
