import type { Program } from '@ring/messaging'

const keysOfLane = 70
const lanes = 2
/** So that a merge has something to copy. */
const padding = ' '.repeat(100)

/** Writes numbers that rise to keys, two at a time, until told to pause; what two servers have answered counts as acknowledged. */
export class AcknowledgedWrites {
  readonly #client: Program
  readonly #acknowledged = new Map<string, number>()
  #number = 0
  #isPaused = true
  #loops: Promise<unknown> = Promise.resolve()
  #waiting: { readonly from: number; readonly resolve: () => void }[] = []
  #count = 0

  constructor(client: Program) {
    this.#client = client
  }

  goOn(): void {
    this.#isPaused = false
    this.#loops = Promise.all(Array.from({ length: lanes }, (_, lane) => this.#loop(lane)))
  }

  /** Until so many more have been acknowledged. */
  some(count: number): Promise<void> {
    return new Promise((resolve) => this.#waiting.push({ from: this.#count + count, resolve }))
  }

  async pause(): Promise<void> {
    this.#isPaused = true
    await this.#loops
  }

  async #loop(lane: number): Promise<void> {
    for (let turn = 0; !this.#isPaused; turn++) {
      const key = `key ${lane} ${turn % keysOfLane}`
      const number = ++this.#number
      const answers = await this.#client
        .replicate(key, `${number}${padding}`, { deadlineMs: 20_000 })
        .catch(() => undefined)
      // An open door for the other processes of a small machine.
      await new Promise((resolve) => setTimeout(resolve, answers ? 2 : 20))
      if (!answers || answers.filter(({ ok }) => ok).length < 2) continue
      this.#acknowledged.set(key, number)
      this.#count++
      for (const { from, resolve } of this.#waiting) if (this.#count >= from) resolve()
    }
  }

  /** What was acknowledged and is not there, or in an older form, at both servers of its key. */
  async lost(): Promise<readonly string[]> {
    await this.pause()
    const all = [...this.#acknowledged].map(async ([key, number]) => {
      const answers = await this.#client.replicate(key, '', { deadlineMs: 20_000 })
      const found = answers.map((one) => (one.ok ? Number.parseInt(Buffer.from(one.body).toString(), 10) : one.error))
      const isThere = found.length === 2 && found.every((one) => typeof one === 'number' && one >= number)
      const where = answers.map(({ server }, at) => `${String(found[at])} at ${server}`)
      return isThere ? [] : [`${key} is ${where.join(', ')}; acknowledged was ${number}`]
    })
    return (await Promise.all(all)).flat()
  }
}
