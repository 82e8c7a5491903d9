import { bodyStart, FrameType, lengthBytes, Offset, readU32 } from '@ring/messaging/simulation'
import type { Link } from '@ring/platform'

/** A link that tells of the requests which are written to it, before they leave: the bytes from the body's first on. */
export function notingFrames(link: Link, noted: (body: Uint8Array) => void): Link {
  return {
    get isOpen() {
      return link.isOpen
    },
    get queuedBytes() {
      return link.queuedBytes
    },
    write: (bytes, start, end) => {
      for (let at = start; at < end; at += lengthBytes + readU32(bytes, at)) {
        const type = bytes[at + Offset.type]
        if (type === FrameType.request || type === FrameType.oneWay) noted(bytes.subarray(bodyStart(bytes, at), end))
      }
      link.write(bytes, start, end)
    },
    close: () => link.close(),
    destroy: () => link.destroy(),
  }
}
