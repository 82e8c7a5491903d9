import { firstStreamWindowBytes, windowBytes } from '../../frames/credit-frame.ts'

/** What all streams of a program may together have on their way: with a window of its own for each, many would fill the links. */
const sharedBytes = 8 * 1_024 * 1_024

/** How far each of a program's streams may run ahead of its consumer: the more there are, the less. */
export class StreamWindows {
  private open = 0

  begun(): void {
    this.open++
  }

  ended(): void {
    this.open--
  }

  /** Of each stream, in bytes of frames. */
  get bytes(): number {
    const share = Math.floor(sharedBytes / Math.max(1, this.open))
    return Math.max(firstStreamWindowBytes, Math.min(windowBytes, share))
  }
}
