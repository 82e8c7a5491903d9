import type { Link } from '@ring/platform'
import { FrameType, headerBytes, writeHeader } from './frame-header.ts'

/** Says DETACH: the sender takes no new requests on this link, or is about to leave; what is out still ends. */
export function writeDetach(link: Link): void {
  const frame = new Uint8Array(headerBytes)
  writeHeader(frame, 0, FrameType.detach, 0, 0)
  link.write(frame, 0, frame.length)
}
