import { lookup, lookupService } from 'node:dns'
import { isIP } from 'node:net'

/** What the system's resolver says of a host or an address; nothing when it does not know. Called once. */
export type LookUp = (subject: string, done: (found: readonly string[]) => void) => void

const waitingMax = 2048

/**
 * Look-ups, always made anew, a bounded number at a time; those who ask the same at once share the answer. The resolver
 * blocks one of the process's few worker threads for as long as a name server does not answer, and files are written by
 * the same threads: that is why it must not get all of them.
 */
export class BoundedLookup {
  readonly #lookUp: LookUp
  readonly #atOnceMax: number
  readonly #asked = new Map<string, ((found: readonly string[]) => void)[]>()
  readonly #queue: string[] = []
  #running = 0

  constructor(lookUp: LookUp, atOnceMax: number) {
    this.#lookUp = lookUp
    this.#atOnceMax = atOnceMax
  }

  /** Never calls back from within; the answer is empty when too many wait already. */
  find(subject: string, done: (found: readonly string[]) => void): void {
    const asked = this.#asked.get(subject)
    if (asked) asked.push(done)
    else if (this.#queue.length >= waitingMax) queueMicrotask(() => done([]))
    else {
      this.#asked.set(subject, [done])
      this.#queue.push(subject)
      this.#next()
    }
  }

  #next(): void {
    if (this.#running >= this.#atOnceMax) return
    const subject = this.#queue.shift()
    if (subject === undefined) return
    this.#running += 1
    this.#lookUp(subject, (found) => {
      this.#running -= 1
      const asked = this.#asked.get(subject) ?? []
      this.#asked.delete(subject)
      for (const done of asked) done(found)
      this.#next()
    })
  }
}

const addresses = new BoundedLookup(lookUpAddresses, 2)
const accessAddresses = new BoundedLookup(lookUpAddresses, 1)
const names = new BoundedLookup(lookUpNames, 1)

/** The addresses of a host, both families, in the order to try them; an address is its own. */
export const findAddresses: LookUp = (host, done) => findIn(addresses, host, done)

/**
 * The same for access lists, in a queue of their own: strangers can have names looked up whose servers never answer, and
 * dials must not wait behind those.
 */
export const findAccessAddresses: LookUp = (host, done) => findIn(accessAddresses, host, done)

function findIn(lookups: BoundedLookup, host: string, done: (found: readonly string[]) => void): void {
  if (isIP(host) || host === '') queueMicrotask(() => done(host === '' ? [] : [host]))
  else lookups.find(host, done)
}

/** The names of an address, as its owner says: to be confirmed by looking them up. */
export const findNames: LookUp = (address, done) => names.find(address, done)

function lookUpAddresses(host: string, done: (found: readonly string[]) => void): void {
  try {
    lookup(host, { all: true, verbatim: true }, (error, found) =>
      done(error ? [] : alternating(found.map(({ address }) => address))),
    )
  } catch {
    // A host that a peer sent may be none at all (it may hold a NUL): nobody has it.
    queueMicrotask(() => done([]))
  }
}

function lookUpNames(address: string, done: (found: readonly string[]) => void): void {
  try {
    // The port is only there for a service name that nobody reads.
    lookupService(address, 1, (error, hostname) => done(error || isIP(hostname) ? [] : [hostname]))
  } catch {
    queueMicrotask(() => done([]))
  }
}

/** The first one's family, the other, and so on, so that a family without a way costs one stagger only (RFC 8305). */
export function alternating(found: readonly string[]): readonly string[] {
  const family = isIP(found[0] ?? '')
  const [own, other] = [found.filter((one) => isIP(one) === family), found.filter((one) => isIP(one) !== family)]
  return own.flatMap((one, at) => [one, ...other.slice(at, at + 1)]).concat(other.slice(own.length))
}
