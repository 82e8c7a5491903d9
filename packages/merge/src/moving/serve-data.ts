import { DataRequestError } from '../errors.ts'
import { type DataRequest, dataItemsOf, dataRequestOf, packData, packItems } from './data-messages.ts'
import type { DataStore } from './data-store.ts'

/** A request, as far as a store's handler looks at it: those of `@ring/messaging` are. */
export interface StoreRequest {
  readonly body: Uint8Array
  readonly isAddressed: boolean
}

const nothing = packData({})

/**
 * The handler of a program that serves {@link dataService} with this store: `program.serve(serveData(store))`.
 *
 * @returns answers what its node asks; a request that does not fit fails, and changes nothing
 */
export function serveData(store: DataStore): (request: StoreRequest) => Promise<Uint8Array> {
  return async ({ body, isAddressed }) => {
    const wanted = isAddressed ? dataRequestOf(body) : undefined
    if (!wanted) throw new DataRequestError()
    return answered(store, wanted)
  }
}

async function answered(store: DataStore, wanted: DataRequest): Promise<Uint8Array> {
  const { merge } = wanted
  switch (wanted.op) {
    case 'begin':
      await store.begin?.({ merge, isReturning: wanted.isReturning })
      return nothing
    case 'read': {
      const { select, since, maxBytes } = wanted
      const { items, mark, more } = await store.read({ merge, select, since, maxBytes })
      return packData({ items: packItems(items), count: items.length, mark, more })
    }
    case 'write': {
      const items = dataItemsOf(wanted.items)
      if (!items) throw new DataRequestError()
      await store.write(merge, items)
      return nothing
    }
    case 'close':
      await store.close(merge, wanted.select)
      return nothing
    case 'open':
      await store.open(merge)
      return nothing
    case 'commit':
      await store.commit(merge, { gained: wanted.gained, holds: wanted.holds })
      return nothing
    case 'abort':
      await store.abort(merge)
      return nothing
  }
}
