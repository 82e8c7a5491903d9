import { type BodySizes, largestSize, sizeAt } from './body-sizes.ts'
import { RequestBody } from './request-body.ts'

/** The bodies of one sender, one at a time, in the lengths that were asked for. */
export class RequestBodies {
  private readonly body: RequestBody
  private readonly sizes: BodySizes
  private readonly random: () => number

  /** @param random a number of 0 up to but not 1 */
  constructor(label: string, sizes: BodySizes, random: () => number) {
    this.body = new RequestBody(label, largestSize(sizes))
    this.sizes = sizes
    this.random = random
  }

  /** Written over by the next call. */
  next(): Uint8Array {
    this.body.advance()
    const { bytes } = this.body
    return this.sizes.kind === 'fixed' ? bytes : bytes.subarray(0, sizeAt(this.sizes, this.random()))
  }
}
