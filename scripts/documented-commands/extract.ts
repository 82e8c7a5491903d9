// The commands that the documents name: lines of code blocks, and words in backticks that begin with a program and go on.
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

/** A command as the documents write it, without what the block says about it. */
export interface DocumentedCommand {
  readonly text: string
  /** Each place as `file:line`; an inline one names the line where its paragraph begins. */
  readonly places: readonly string[]
}

const programs =
  'npm|npx|node|bash|sh|cd|python3|ring-node|ring-bench|ring-linetool|curl|systemctl|kubectl|docker|strace|perf|pkill|kill|taskset|df|cp|openssl'
const assignments = String.raw`(?:[A-Z_]+=(?:"[^"]*"|\S*) )*`
const isCommand = new RegExp(`^${assignments}(?:${programs}) (?!\\|)\\S`)
/** Blocks whose lines may be commands; the others show code or configuration. */
const commandBlocks = new Set(['', 'sh', 'bash', 'console'])
/** Blocks in which every line is one. */
const pureBlocks = new Set(['sh', 'bash'])
const skipped = new Set(['node_modules', 'dist', 'out', '.ring', '.git', '.changeset', 'CHANGELOG.md'])

/** Every document of the checkout, from its root; what tells of past versions is none. */
export function documentsOf(root: string): readonly string[] {
  return markdownFiles(root)
    .map((file) => relative(root, file))
    .sort()
}

function markdownFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (skipped.has(entry.name)) return []
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return markdownFiles(path)
    return entry.name.endsWith('.md') ? [path] : []
  })
}

/** A line of a block without its prompt, its comment, and the words that a wide gap sets apart. */
function commandOf(line: string): string {
  return line
    .replace(/^\s*\$ /, '')
    .replace(/\s+# .*$/, '')
    .replace(/ {2,}(?!-).*$/, '')
    .replaceAll(/ {2,}/g, ' ')
    .trim()
}

interface Found {
  readonly text: string
  readonly line: number
}

interface Block {
  readonly language: string
  readonly lines: readonly Found[]
}

/** Code blocks, and the paragraphs between them with each line break as a blank. */
function parts(text: string): { readonly blocks: readonly Block[]; readonly paragraphs: readonly Found[] } {
  const blocks: Block[] = []
  const paragraphs: Found[] = []
  let block: { language: string; lines: Found[] } | undefined
  let paragraph: { text: string; line: number } | undefined
  for (const [index, line] of text.split('\n').entries()) {
    const fence = /^\s*```\s*(\S*)/.exec(line)
    if (fence !== null || line.trim() === '') paragraph = undefined
    if (fence !== null && block === undefined) block = { language: fence[1]!, lines: [] }
    else if (fence !== null) {
      blocks.push(block!)
      block = undefined
    } else if (block !== undefined) block.lines.push({ text: line, line: index + 1 })
    else if (paragraph !== undefined) paragraph.text += ` ${line.trim()}`
    else if (line.trim() !== '') paragraphs.push((paragraph = { text: line.trim(), line: index + 1 }))
  }
  return { blocks, paragraphs }
}

function commandsOf(text: string): readonly Found[] {
  const { blocks, paragraphs } = parts(text)
  const inBlocks = blocks
    .filter(({ language }) => commandBlocks.has(language))
    .flatMap(({ language, lines }) =>
      lines
        .map(({ text: shown, line }) => ({ text: commandOf(shown), line }))
        .filter((one) => isCommand.test(one.text) || (pureBlocks.has(language) && one.text !== '')),
    )
  const inline = paragraphs.flatMap(({ text: shown, line }) =>
    [...shown.matchAll(/`([^`]+)`/g)]
      .map(([, words]) => ({ text: commandOf(words!), line }))
      .filter((one) => isCommand.test(one.text)),
  )
  return [...inBlocks, ...inline]
}

/** Every command of the documents, each once; of every document of the checkout where none is named. */
export function documentedCommands(root: string, documents?: readonly string[]): readonly DocumentedCommand[] {
  const places = new Map<string, string[]>()
  for (const file of documents ?? documentsOf(root)) {
    for (const { text, line } of commandsOf(readFileSync(join(root, file), 'utf8'))) {
      const known = places.get(text) ?? []
      places.set(text, [...known, `${file}:${line}`])
    }
  }
  return [...places].map(([text, at]) => ({ text, places: at }))
}
