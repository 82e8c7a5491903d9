const counterDigits = 12
const digitZero = 48
const digitNine = 57
const firstLetter = 97
const letters = 26
const space = 32
const questionMark = 63
const lastAscii = 126
/** A server program with a longer data length fills its reply with this. */
export const paddingByte = 46

/** The shortest body: it must hold who sent it and a counter. */
export const bodyBytesMin = 64

const labelBytesMax = bodyBytesMin - counterDigits - 2
const ascii = new TextEncoder()

/**
 * The body of one sender's requests: a label, a counter and letters, so that no two requests of a run are equal and a
 * reply that belongs to another request is found out. It is written in place, for a request at a time.
 */
export class RequestBody {
  readonly bytes: Uint8Array
  private readonly lastDigit: number

  constructor(label: string, length: number) {
    this.bytes = new Uint8Array(length)
    // Cut after it was encoded: a letter may have several bytes, and a label comes from outside.
    const head = ascii.encode(label).subarray(0, labelBytesMax)
    head.forEach((byte, at) => {
      if (byte > lastAscii) head[at] = questionMark
    })
    this.bytes.set(head)
    const digits = head.length + 1
    this.bytes[head.length] = space
    this.bytes.fill(digitZero, digits, digits + counterDigits)
    this.lastDigit = digits + counterDigits - 1
    for (let at = this.lastDigit + 1; at < length; at++) this.bytes[at] = firstLetter + ((at * 7) % letters)
  }

  /** The next request's body: counts one up, in decimal so that people can read it. */
  advance(): void {
    const { bytes } = this
    for (let at = this.lastDigit; at > this.lastDigit - counterDigits; at--) {
      if (bytes[at] !== digitNine) {
        bytes[at] = bytes[at]! + 1
        return
      }
      bytes[at] = digitZero
    }
  }
}

/** What a server program replies: the request, filled up to the length it was told. */
export function replyTo(body: Uint8Array, length: number): Uint8Array {
  if (body.length >= length) return body
  const reply = new Uint8Array(length).fill(paddingByte, body.length)
  reply.set(body)
  return reply
}
