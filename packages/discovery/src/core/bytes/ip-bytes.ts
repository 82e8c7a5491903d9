/** The 4 or 16 bytes of an IP address in text; `undefined` where it is none. A zone is left out. */
export function parseIp(text: string): Uint8Array | undefined {
  const plain = text.replace(/%.*$/, '')
  return plain.includes(':') ? parseIpv6(plain) : parseIpv4(plain)
}

function parseIpv4(text: string): Uint8Array | undefined {
  if (!/^\d{1,3}(?:\.\d{1,3}){3}$/.test(text)) return undefined
  const parts = text.split('.').map(Number)
  return parts.every((part) => part < 256) ? Uint8Array.from(parts) : undefined
}

function parseIpv6(text: string): Uint8Array | undefined {
  const tail = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text)
  const embedded = tail ? parseIpv4(tail[2]!) : undefined
  if (tail && !embedded) return undefined
  const words = embedded ? `${tail![1]!}${wordsOf(embedded).join(':')}` : text
  const [head, rest, more] = words.split('::')
  const [before, after] = [fields(head), fields(rest)]
  const gap = 8 - before.length - after.length
  if (more !== undefined || (rest === undefined ? gap !== 0 : gap < 1)) return undefined
  const all = [...before, ...Array.from({ length: gap }, () => '0'), ...after]
  if (!all.every((word) => /^[\da-f]{1,4}$/i.test(word))) return undefined
  return Uint8Array.from(
    all.flatMap((word) => {
      const value = Number.parseInt(word, 16)
      return [value >> 8, value & 0xff]
    }),
  )
}

function fields(part: string | undefined): readonly string[] {
  return part === undefined || part === '' ? [] : part.split(':')
}

/** @param bytes 4 or 16 of them */
export function formatIp(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.')
  const words = wordsOf(bytes)
  const zeros = longestZeros(words)
  if (!zeros) return words.join(':')
  return `${words.slice(0, zeros.at).join(':')}::${words.slice(zeros.at + zeros.length).join(':')}`
}

function wordsOf(bytes: Uint8Array): readonly string[] {
  return Array.from({ length: bytes.length / 2 }, (_, at) => ((bytes[2 * at]! << 8) | bytes[2 * at + 1]!).toString(16))
}

/** The first of the longest runs of zero words, two at least (RFC 5952). */
function longestZeros(words: readonly string[]): { readonly at: number; readonly length: number } | undefined {
  for (let length = words.length; length > 1; length--) {
    const at = words.findIndex((_, start) => {
      const run = words.slice(start, start + length)
      return run.length === length && run.every((word) => word === '0')
    })
    if (at >= 0) return { at, length }
  }
  return undefined
}
