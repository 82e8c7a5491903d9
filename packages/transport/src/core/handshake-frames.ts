/** What a link carries; the number is its byte in HELLO (docs/protocol.md section 1). */
export const linkKinds = { control: 1, data: 2, program: 3, probe: 4 } as const
export type LinkKind = keyof typeof linkKinds

/** The protocol versions that this code speaks. */
export const versions = { lowest: 1, highest: 1 } as const

export const nonceBytes = 32
export const proofBytes = 32

/** The bound of every frame before a link is open, and the frames' fixed sizes. */
export const handshakeFrameBytesMax = 2048
const helloBytes = 8 + nonceBytes
const challengeBytes = 4 + nonceBytes
const magic = [0x52, 0x49, 0x4e, 0x47] // "RING"

export interface Hello {
  readonly lowest: number
  readonly highest: number
  readonly kind: LinkKind
}

export interface Challenge {
  readonly version: number
}

export function encodeHello(hello: Hello, nonce: Uint8Array): Uint8Array {
  const frame = new Uint8Array(helloBytes)
  frame.set(magic)
  frame.set([hello.lowest, hello.highest, linkKinds[hello.kind], 0], magic.length)
  frame.set(nonce, 8)
  return frame
}

export function decodeHello(frame: Uint8Array): Hello | undefined {
  if (frame.length !== helloBytes || magic.some((byte, at) => frame[at] !== byte)) return undefined
  const kind = kindOf(frame[6]!)
  const [lowest, highest] = [frame[4]!, frame[5]!]
  return kind && lowest <= highest ? { lowest, highest, kind } : undefined
}

/** The highest version that both sides speak. */
export function chooseVersion(hello: Hello): number | undefined {
  const version = Math.min(hello.highest, versions.highest)
  return version >= Math.max(hello.lowest, versions.lowest) ? version : undefined
}

export function encodeChallenge(challenge: Challenge, nonce: Uint8Array): Uint8Array {
  const frame = new Uint8Array(challengeBytes)
  frame[0] = challenge.version
  frame.set(nonce, 4)
  return frame
}

export function decodeChallenge(frame: Uint8Array): Challenge | undefined {
  if (frame.length !== challengeBytes) return undefined
  const version = frame[0]!
  return version >= versions.lowest && version <= versions.highest ? { version } : undefined
}

/** IDENTITY: proof, then map. */
export function encodeIdentity(proof: Uint8Array, map: Uint8Array): Uint8Array {
  return joinBytes([proof, map])
}

export function splitIdentity(frame: Uint8Array): { proof: Uint8Array; map: Uint8Array } | undefined {
  if (frame.length <= proofBytes) return undefined
  return { proof: frame.subarray(0, proofBytes), map: frame.subarray(proofBytes) }
}

export const resultWelcome = 1
export const resultRefused = 0

/** WELCOME or REFUSED: result, proof, map. */
export function encodeResult(result: number, proof: Uint8Array, map: Uint8Array): Uint8Array {
  return joinBytes([Uint8Array.of(result), proof, map])
}

export function splitResult(frame: Uint8Array): { result: number; proof: Uint8Array; map: Uint8Array } | undefined {
  if (frame.length <= 1 + proofBytes) return undefined
  return { result: frame[0]!, proof: frame.subarray(1, 1 + proofBytes), map: frame.subarray(1 + proofBytes) }
}

export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

function kindOf(byte: number): LinkKind | undefined {
  return (Object.keys(linkKinds) as LinkKind[]).find((kind) => linkKinds[kind] === byte)
}
