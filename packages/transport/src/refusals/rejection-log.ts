import type { Logger } from '@ring/platform'
import { RefusalLog } from './refusal-log.ts'

/** A connection may be cut off by chance, or because a process ends; not again and again. */
const cutOffsUntilSaid = 5
const remembered = 256

/** Lives that end, and nodes that stop, are everyday. */
const everyday: ReadonlySet<string> = new Set(['closing', 'older-life', 'full', 'link-lost', 'timeout'])

const advice: Readonly<Record<string, string>> = {
  'turned-away': 'it says no reason to a stranger: compare GROUP and the group key, and the host lists there',
  proof: 'it has another group key: compare the key files',
  group: 'another group answers there: compare GROUP, or correct the address',
  name: 'another node answers there: correct the address in the configuration',
  self: 'another node has the name of this one: give one of them another name (--host, CTLPORT or CUK)',
  'not-ring':
    'what answers is no Ring node: another program has that port, or shares the group name at a gossip router',
  'cut-off': 'it hangs up on every try: another program has that port, or shares the group name at a gossip router',
  version: 'it speaks another version of the protocol: upgrade the older one',
  'not-allowed': 'it lets this machine in, but not as who this node says it is: see its host lists',
  tls: 'its certificate is not accepted: see CAPATH and the host names in it',
}

/** Who does not let this node in, and why: said at once for each address and reason, then counted. */
export class RejectionLog {
  readonly #log: RefusalLog
  readonly #cutOffs = new Map<string, number>()

  constructor(logger: Logger, nowMs: () => number) {
    this.#log = new RefusalLog(logger, nowMs, {
      event: 'peer.rejects-us',
      text: (reason) => `a node that was dialled does not let this one in: ${advice[reason] ?? 'see its log'}`,
    })
  }

  /** By reason. */
  get counts(): Readonly<Record<string, number>> {
    return this.#log.counts
  }

  /** @param reason one of a few words */
  add(remote: string, reason: string): void {
    if (reason === 'link-lost') this.#cutOff(remote)
    else if (!everyday.has(reason)) this.#log.add(remote, reason)
  }

  reached(remote: string): void {
    this.#cutOffs.delete(remote)
  }

  #cutOff(remote: string): void {
    const times = (this.#cutOffs.get(remote) ?? 0) + 1
    this.#cutOffs.delete(remote)
    this.#cutOffs.set(remote, times)
    const [oldest] = this.#cutOffs.keys()
    if (this.#cutOffs.size > remembered && oldest !== undefined) this.#cutOffs.delete(oldest)
    if (times >= cutOffsUntilSaid) this.#log.add(remote, 'cut-off')
  }
}
