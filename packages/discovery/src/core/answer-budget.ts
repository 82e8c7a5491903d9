export interface BudgetOptions {
  /** Answers at once, to one host and to all. */
  readonly burst: { readonly host: number; readonly all: number }
  /** Answers a second after that. */
  readonly perSecond: { readonly host: number; readonly all: number }
}

interface Bucket {
  tokens: number
  atMs: number
}

const hostsMax = 256
/** A machine may run many nodes, and all of them may start at once. */
const usual: BudgetOptions = { burst: { host: 256, all: 1024 }, perSecond: { host: 128, all: 512 } }

/** How many requests are answered: whoever floods a node, or somebody else through it, is not helped. */
export class AnswerBudget {
  readonly #options: BudgetOptions
  readonly #all: Bucket
  readonly #hosts = new Map<string, Bucket>()

  constructor(options: BudgetOptions = usual) {
    this.#options = options
    this.#all = { tokens: options.burst.all, atMs: 0 }
  }

  /** Whether one more answer may go to that host now. */
  take(host: string, nowMs: number): boolean {
    const { burst, perSecond } = this.#options
    const bucket = this.#hosts.get(host) ?? { tokens: burst.host, atMs: nowMs }
    // The host that asked longest ago is forgotten first, and begins anew.
    this.#hosts.delete(host)
    this.#hosts.set(host, bucket)
    const [oldest] = this.#hosts.keys()
    if (this.#hosts.size > hostsMax && oldest !== undefined) this.#hosts.delete(oldest)
    refill(bucket, burst.host, perSecond.host, nowMs)
    refill(this.#all, burst.all, perSecond.all, nowMs)
    if (bucket.tokens < 1 || this.#all.tokens < 1) return false
    bucket.tokens -= 1
    this.#all.tokens -= 1
    return true
  }
}

function refill(bucket: Bucket, burst: number, perSecond: number, nowMs: number): void {
  bucket.tokens = Math.min(burst, bucket.tokens + ((nowMs - bucket.atMs) / 1000) * perSecond)
  bucket.atMs = nowMs
}
