import { keyAndValue } from './values.ts'

/** A part of a reply between braces. */
export interface TextBlock {
  /** `key = value`, in their order: a key may come several times. */
  readonly entries: readonly (readonly [string, string])[]
  readonly blocks: ReadonlyMap<string, TextBlock>
  /** `[0] = {` and the like. */
  readonly items: readonly TextBlock[]
}

interface OpenBlock extends TextBlock {
  readonly entries: [string, string][]
  readonly blocks: Map<string, TextBlock>
  readonly items: TextBlock[]
}

const rule = /^\s*[=-]{5,}$/
const item = /^\s*\[\d+\] = \{$/
const sizedBlock = /^\s*\[\d+\] \{$/
const namedBlock = /^\s*(\w+)\{$/

/**
 * Reads the lines of SELFSTATUS and DUMP, whatever they are: what is understood of them is there afterwards. Only that much is
 * kept as was handed in.
 *
 * @param blocks the keys whose `key = {` begins a block; another key may have that value
 */
export function readBlocks(text: string, blocks: ReadonlySet<string> = new Set()): TextBlock {
  const root = newBlock()
  const open: OpenBlock[] = [root]
  let lastKey = ''
  const begin = (into: (block: TextBlock) => void) => {
    const block = newBlock()
    into(block)
    open.push(block)
  }
  for (const line of text.split('\n')) {
    const block = open.at(-1)!
    const name = namedBlock.exec(line)?.[1]
    const entry = keyAndValue(line)
    if (rule.test(line)) continue
    if (line.trim() === '}') {
      if (open.length > 1) open.pop()
    } else if (item.test(line)) begin((child) => block.items.push(child))
    else if (line.trim() === '{' || sizedBlock.test(line)) begin((child) => block.blocks.set(lastKey, child))
    else if (name !== undefined) begin((child) => block.blocks.set(name, child))
    else if (entry?.[1] === '{' && blocks.has(entry[0])) begin((child) => block.blocks.set(entry[0], child))
    else if (entry !== undefined) {
      lastKey = entry[0]
      block.entries.push([...entry])
    }
  }
  return root
}

/** The first value of a key; an empty text where there is none. */
export function valueIn(block: TextBlock, key: string): string {
  return block.entries.find(([name]) => name === key)?.[1] ?? ''
}

function newBlock(): OpenBlock {
  return { entries: [], blocks: new Map(), items: [] }
}
