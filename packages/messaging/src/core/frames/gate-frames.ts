import type { Link } from '@ring/platform'
import { clear, waits } from '../relay/waiting/verdict.ts'
import { FrameType, headerBytes, Offset, readU32, writeHeader, writeU32 } from './frame-header.ts'

/** What WORD says where it is no status: what has not been started may be, or waits for another word. */
const wordOpen = 0
const wordWait = 64

const scratch = new Uint8Array(headerBytes)

/** ASK: may handlers still be started? */
export function writeAsk(link: Link, question: number): void {
  writeHeader(scratch, 0, FrameType.ask, 0, 0)
  writeU32(scratch, Offset.slot, question)
  link.write(scratch, 0, headerBytes)
}

/** WORD: the answer to the program's last question, and again whenever it changes. */
export function writeWord(link: Link, question: number, verdict: number): void {
  writeHeader(scratch, 0, FrameType.word, 0, 0)
  writeU32(scratch, Offset.slot, question)
  writeU32(scratch, Offset.status, verdict === clear ? wordOpen : verdict === waits ? wordWait : verdict)
  link.write(scratch, 0, headerBytes)
}

/** The number of the question of an ASK or WORD. */
export function questionOf(bytes: Uint8Array, at: number): number {
  return readU32(bytes, at + Offset.slot)
}

/** A word of a later version that is not known here keeps things waiting: that harms least. */
export function verdictOfWord(bytes: Uint8Array, at: number): number {
  const word = readU32(bytes, at + Offset.status)
  if (word === wordOpen) return clear
  return word < firstUnknownWord ? word : waits
}

/** Statuses that say "not delivered" are below this. */
const firstUnknownWord = 32
