import { maxMessageBytes } from '../../frames/frame-header.ts'
import { GrowingBytes } from '../../frames/growing-bytes.ts'
import type { IncomingRequest } from '../answering/incoming-request.ts'
import type { TurnTaker } from '../asking/failure-turn.ts'
import { type ItemTaker, YieldedItems } from './yielded-items.ts'

/** After so many items the event loop has its turn: a stream that never waits would keep out all that could end it. */
const itemsATurn = 64

/** Whom a gathered answer is given to. */
export interface GatheringOwner {
  readonly turns: TurnTaker
  gathered(request: IncomingRequest, body: Uint8Array): void
  gatheringFailed(request: IncomingRequest, text: string): void
}

/** A stream for one who did not ask for one: its items put together into one body, or run to their end where nobody is sent any. */
export class GatheredAnswer implements ItemTaker {
  private readonly request: IncomingRequest
  private readonly owner: GatheringOwner
  private readonly items: YieldedItems
  private readonly body = new GrowingBytes()
  private count = 0

  constructor(request: IncomingRequest, iterable: AsyncIterable<unknown>, owner: GatheringOwner) {
    this.request = request
    this.owner = owner
    this.items = new YieldedItems(iterable, this)
    this.items.ask()
  }

  onItem(item: Uint8Array): void {
    if (!this.request.oneWay) {
      if (this.body.length + item.length > maxMessageBytes) {
        void this.items.close()
        this.onFailed('the stream is longer than 16 MiB and was asked for as one reply: ask with requestStream()')
        return
      }
      this.body.add(item)
    }
    if (++this.count % itemsATurn > 0) this.items.ask()
    else {
      this.owner.turns.nextTurn(() => {
        this.items.ask()
      })
    }
  }

  onEnd(): void {
    this.owner.gathered(this.request, this.body.whole)
  }

  onFailed(text: string): void {
    this.owner.gatheringFailed(this.request, text)
  }

  /** Nobody waits for it any more. */
  abandon(): Promise<void> {
    return this.items.close()
  }
}
