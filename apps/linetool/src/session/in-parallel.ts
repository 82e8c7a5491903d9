/** Runs `work` for each, at most so many at once; the first that throws ends it, once those under way have ended. */
export async function inParallel<One>(
  items: readonly One[],
  atOnce: number,
  work: (item: One) => Promise<void>,
): Promise<void> {
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < items.length) await work(items[next++]!)
  }
  const workers = Array.from({ length: Math.min(atOnce, items.length) }, worker)
  const ends = await Promise.allSettled(workers)
  const failed = ends.find((end) => end.status === 'rejected')
  if (failed !== undefined) throw failed.reason
}
