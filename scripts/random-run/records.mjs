// What programs write down: handlers each start before they do anything else, callers how each call ended. Records have a
// fixed size, and files outlive their process, however that ends.
import { closeSync, existsSync, openSync, readFileSync, statSync, writeSync } from 'node:fs'
import { performance } from 'node:perf_hooks'

export const kinds = ['request', 'send', 'post', 'broadcast', 'replicate']
export const outcomes = [
  'replied',
  'not delivered',
  'may have been',
  'handler failed',
  'wrong answer',
  'taken',
  'post may have been',
  'unknown error',
]
const outcomeCode = Object.fromEntries(outcomes.map((name, code) => [name, code]))
export const reasons = [
  ...['', 'no-server', 'queue-full', 'no-program', 'moved', 'overdue', 'cancelled', 'no-link', 'too-large', 'closing'],
  ...['no-quorum', 'link-lost', 'program-lost', 'overdue-running', 'cancelled-running', 'other'],
]
export const flag = { idempotent: 1, whenDown: 2, whenFull: 4, aborted: 8, overdue: 16 }

const startBytes = 32
const endingBytes = 40

// One clock for all processes of a machine, in milliseconds.
const [seconds, nanoseconds] = process.hrtime()
const offsetMs = seconds * 1_000 + nanoseconds / 1e6 - performance.now()
export const machineMs = () => performance.now() + offsetMs

/** Handler starts, each on the file before the handler does anything. */
export class StartLog {
  #file
  #record = Buffer.alloc(startBytes)

  constructor(path) {
    this.#file = openSync(path, 'a')
  }

  write({ client, call, server, program, version }) {
    const record = this.#record
    record[0] = client
    record[1] = server
    record[2] = program
    record.writeUInt32LE(call, 4)
    record.writeDoubleLE(machineMs(), 8)
    record.writeDoubleLE(Date.now(), 16)
    record.writeDoubleLE(version, 24)
    writeSync(this.#file, record)
  }
}

export function* startsOf(path) {
  const bytes = readFileSync(path)
  // The process may have been killed in the middle of the last one.
  for (let at = 0; at + startBytes <= bytes.length; at += startBytes) {
    yield {
      client: bytes[at],
      server: bytes[at + 1],
      program: bytes[at + 2],
      call: bytes.readUInt32LE(at + 4),
      machineMs: bytes.readDoubleLE(at + 8),
      wallMs: bytes.readDoubleLE(at + 16),
      version: bytes.readDoubleLE(at + 24),
    }
  }
}

/** How the calls of one caller ended; written in blocks, for callers are not killed. */
export class EndingLog {
  #file
  #block = Buffer.alloc(endingBytes * 1_024)
  #used = 0

  constructor(path) {
    this.#file = openSync(path, 'w')
  }

  /** `notDelivered`, `ran`: of broadcast and replicate, the servers of which that was said, as bits. */
  write({ call, kind, key, flags, deadlineMs, startMs, endMs, outcome, reason = '', notDelivered = 0, ran = 0 }) {
    const at = this.#used
    const block = this.#block
    const known = reasons.indexOf(reason)
    block[at] = kind
    block[at + 1] = outcomeCode[outcome]
    block[at + 2] = known < 0 ? reasons.length - 1 : known
    block[at + 3] = flags
    block.writeUInt32LE(call, at + 4)
    block.writeUInt32LE(Math.ceil(deadlineMs), at + 8)
    block.writeUInt16LE(key, at + 12)
    block[at + 14] = notDelivered
    block[at + 15] = ran
    block.writeDoubleLE(startMs, at + 16)
    block.writeDoubleLE(endMs, at + 24)
    this.#used += endingBytes
    if (this.#used === block.length) this.flush()
  }

  flush() {
    writeSync(this.#file, this.#block, 0, this.#used)
    this.#used = 0
  }

  close() {
    this.flush()
    closeSync(this.#file)
  }
}

/** How many calls have ended, but for the last few, which are written together. */
export function endedIn(path) {
  return existsSync(path) ? Math.floor(statSync(path).size / endingBytes) : 0
}

export function* endingsOf(path) {
  const bytes = readFileSync(path)
  for (let at = 0; at + endingBytes <= bytes.length; at += endingBytes) {
    yield {
      kind: kinds[bytes[at]],
      outcome: outcomes[bytes[at + 1]],
      reason: reasons[bytes[at + 2]],
      flags: bytes[at + 3],
      call: bytes.readUInt32LE(at + 4),
      deadlineMs: bytes.readUInt32LE(at + 8),
      key: bytes.readUInt16LE(at + 12),
      notDelivered: bytes[at + 14],
      ran: bytes[at + 15],
      startMs: bytes.readDoubleLE(at + 16),
      endMs: bytes.readDoubleLE(at + 24),
    }
  }
}
