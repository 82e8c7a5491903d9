import type { Messaging } from '@ring/messaging'

/** The data of a server, to a move of some of its partitions. */
export interface MovingData {
  /** Gives the servers that take over what has changed since the round before. */
  lastRound(): Promise<void>
  /** Tells who leads the move that this server has, for this version. */
  confirm(closingVersion: number): void
}

/** At a server whose partitions are closing: the last round comes when nothing of them runs here any more. */
export function confirmWhenDrained(messaging: Messaging, data: MovingData): () => void {
  return messaging.onDrained(async (closingVersion) => {
    await data.lastRound()
    data.confirm(closingVersion)
  })
}
