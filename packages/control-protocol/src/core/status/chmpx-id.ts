const offsetBasis = 14695981039346656037n
const prime = 1099511628211n
const mask = (1n << 64n) - 1n
const utf8 = new TextEncoder()

/** What the id of a node is made of (`CHMPXIDTYPE`). */
export type IdSeed =
  | { readonly kind: 'name'; readonly name: string; readonly ctlport: number }
  | { readonly kind: 'cuk' | 'ctlendpoints' | 'custom'; readonly text: string }

/** The chmpxid of a node: `0x` and up to 16 hexadecimal digits. Two nodes of a group have the same one only by chance. */
export function chmpxId(group: string, seed: IdSeed): string {
  const text = seed.kind === 'name' ? `${seed.name}:${seed.ctlport.toString(16)}` : seed.text
  const bytes = utf8.encode(`${group}:${text}`)
  const high = lowWord(bytes)
  const low = lowWord(bytes.subarray(0, -1))
  return `0x${((high << 32n) | low).toString(16)}`
}

/** The lower half of CHMPX's FNV-1a of 64 bits, which takes bytes as signed: those from 0x80 on differ from the standard. */
function lowWord(bytes: Uint8Array): bigint {
  let hash = offsetBasis
  for (const byte of bytes) hash = ((hash ^ BigInt.asUintN(64, BigInt((byte << 24) >> 24))) * prime) & mask
  return hash & 0xffffffffn
}
