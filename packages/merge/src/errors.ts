import { RingError } from '@ring/platform'

/** A store refuses to change a key that is just moving to another server. */
export class KeyClosedError extends RingError {
  constructor(key: string | Uint8Array | number) {
    const shown = typeof key === 'object' ? `of ${key.length} bytes` : JSON.stringify(key)
    super(
      'RING_KEY_CLOSED',
      `The key ${shown} is moving to another server, and nothing of it is written here any more. Let the request fail; the server that has the key by then takes it when it is sent again.`,
    )
  }
}

/** What reached a program's data service is no request of a node. */
export class DataRequestError extends RingError {
  constructor() {
    super(
      'RING_DATA_REQUEST',
      'The data service takes only what nodes ask of it in a merge. Let programs talk to each other by a service of their own.',
    )
  }
}
