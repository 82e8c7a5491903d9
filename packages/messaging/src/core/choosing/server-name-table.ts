import { keyHashOfRange } from '@ring/placement'

const encoder = new TextEncoder()

interface Named {
  readonly name: Uint8Array
  readonly index: number
}

/** The places of a routing's servers by their names, as bytes of a frame: no text is made to find one. */
export class ServerNameTable {
  private readonly byHash = new Map<number, Named[]>()

  constructor(names: readonly string[]) {
    for (const [index, text] of names.entries()) {
      const name = encoder.encode(text)
      const hash = keyHashOfRange(name, 0, name.length)
      const same = this.byHash.get(hash)
      if (same === undefined) this.byHash.set(hash, [{ name, index }])
      else same.push({ name, index })
    }
  }

  /** The place of the server whose name is `[start, end)` of `bytes`; -1 when there is none. */
  find(bytes: Uint8Array, start: number, end: number): number {
    const same = this.byHash.get(keyHashOfRange(bytes, start, end))
    if (same === undefined) return -1
    for (const { name, index } of same) if (isSame(name, bytes, start, end)) return index
    return -1
  }
}

export function isSame(name: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (name.length !== end - start) return false
  for (let place = 0; place < name.length; place++) if (name[place] !== bytes[start + place]) return false
  return true
}
