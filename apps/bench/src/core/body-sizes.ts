import { parseCount, parseSize } from './quantities.ts'
import { bodyBytesMin } from './request-body.ts'

/** How long bodies are: one length, any of a range, or lengths with weights. Bytes. */
export type BodySizes =
  | { readonly kind: 'fixed'; readonly bytes: number }
  | { readonly kind: 'range'; readonly from: number; readonly to: number }
  | { readonly kind: 'weighted'; readonly sizes: readonly { readonly bytes: number; readonly weight: number }[] }

export const bodyBytesMax = 16 * 1_048_576

/** `128`, `64..4KiB`, `128:9,16KiB:1`. Undefined when it is none of these. */
export function parseBodySizes(text: string): BodySizes | undefined {
  const [from, to, ...more] = text.split('..')
  if (to !== undefined) {
    const [low, high] = [sizeOf(from ?? ''), sizeOf(to)]
    return more.length === 0 && low !== undefined && high !== undefined && low <= high
      ? { kind: 'range', from: low, to: high }
      : undefined
  }
  const sizes = text.split(',').map((part) => {
    const [size, weight = '1', ...rest] = part.split(':')
    return { bytes: sizeOf(size ?? ''), weight: rest.length === 0 ? parseCount(weight) : undefined }
  })
  const known = sizes.flatMap(({ bytes, weight }) => (bytes && weight ? [{ bytes, weight }] : []))
  const [first] = known
  if (first === undefined || known.length < sizes.length) return undefined
  return known.length === 1 ? { kind: 'fixed', bytes: first.bytes } : { kind: 'weighted', sizes: known }
}

export function largestSize(sizes: BodySizes): number {
  switch (sizes.kind) {
    case 'fixed':
      return sizes.bytes
    case 'range':
      return sizes.to
    case 'weighted':
      return Math.max(...sizes.sizes.map(({ bytes }) => bytes))
  }
}

/** @param share a random number, 0 up to but not 1 */
export function sizeAt(sizes: BodySizes, share: number): number {
  switch (sizes.kind) {
    case 'fixed':
      return sizes.bytes
    case 'range':
      return sizes.from + Math.floor(share * (sizes.to - sizes.from + 1))
    case 'weighted': {
      let left = share * sizes.sizes.reduce((sum, { weight }) => sum + weight, 0)
      for (const { bytes, weight } of sizes.sizes) {
        left -= weight
        if (left < 0) return bytes
      }
      return largestSize(sizes)
    }
  }
}

export function sizesText(sizes: BodySizes): string {
  switch (sizes.kind) {
    case 'fixed':
      return `${sizes.bytes} B`
    case 'range':
      return `${sizes.from} to ${sizes.to} B`
    case 'weighted':
      return sizes.sizes.map(({ bytes, weight }) => `${bytes} B x ${weight}`).join(', ')
  }
}

function sizeOf(text: string): number | undefined {
  const bytes = parseSize(text)
  return bytes !== undefined && bytes >= bodyBytesMin && bytes <= bodyBytesMax ? bytes : undefined
}
