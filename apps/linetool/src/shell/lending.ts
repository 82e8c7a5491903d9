import type { Interface } from 'node:readline'

/** Gives the terminal to another program, and takes it back from it. */
export class Lending {
  /** The line editor that has the terminal; none where no lines are edited. */
  holder: Interface | undefined

  /** @returns what takes it back */
  lend(): () => void {
    const { holder } = this
    if (holder === undefined) return () => undefined
    holder.pause()
    process.stdin.setRawMode(false)
    return () => {
      process.stdin.setRawMode(true)
      holder.resume()
    }
  }
}
