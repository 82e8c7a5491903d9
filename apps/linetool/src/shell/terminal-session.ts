import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { thrownText } from '@ring/platform'
import { complete } from '../core/commands/completion.ts'
import { referred } from '../core/line/history-reference.ts'
import { exitCodes } from '../exit-codes.ts'
import type { Session } from '../session/session.ts'
import type { HistoryFile } from './history-file.ts'
import type { Lending } from './lending.ts'
import { LineQueue } from './line-queue.ts'
import type { TerminalDesk } from './terminal-desk.ts'

export interface TerminalSessionParts {
  readonly session: Session
  readonly desk: TerminalDesk
  readonly history: HistoryFile
  readonly historySize: number
  readonly nodes: () => readonly string[]
  readonly lending: Lending
}

const prompt = 'ring> '
const loopPrompt = 'loop> '

/** A person at a terminal: lines are edited, completed and remembered, and run one after the other. */
export async function runTerminalSession(parts: TerminalSessionParts): Promise<number> {
  const { session, desk, history, historySize } = parts
  const queue = new LineQueue()
  const editor = createInterface({
    ...{
      input: process.stdin,
      output: process.stdout,
      terminal: true,
      prompt,
      historySize,
      removeHistoryDuplicates: true,
    },
    // The newest first, here.
    history: [...history.lines].reverse(),
    completer: (line: string): [string[], string] => {
      const { words, begun } = complete(line, parts.nodes(), filesLike)
      return [words.map((word) => (words.length === 1 ? `${word} ` : word)), begun]
    },
  })
  desk.editor = editor
  parts.lending.holder = editor
  editor.on('line', (line) => queue.push(line))
  editor.on('close', () => queue.close())
  editor.on('SIGINT', () => {
    queue.clear()
    const wasRunning = session.interrupt()
    process.stdout.write('\n')
    if (wasRunning) return
    editor.write(null, { ctrl: true, name: 'u' })
    editor.prompt()
  })
  desk.print('Tab completes, help explains, Ctrl-D leaves.\n')
  for (;;) {
    editor.setPrompt(session.isInLoop ? loopPrompt : prompt)
    editor.prompt()
    const line = await queue.next()
    if (line === undefined) break
    const meant = meantBy(line, history.lines, desk)
    if (meant === undefined) continue
    history.add(meant)
    await session.run(meant)
    if (session.isOver) break
  }
  if (!session.isOver) {
    // Ctrl-D leaves the cursor behind the prompt.
    process.stdout.write('\n')
    await session.finish()
  }
  editor.close()
  await history.written()
  return exitCodes.ok
}

/** What is remembered is the line that was meant, so that `!!` can be meant again. */
function meantBy(line: string, history: readonly string[], desk: TerminalDesk): string | undefined {
  try {
    const meant = referred(line, history)
    if (meant !== line) desk.note(`${meant}\n`)
    return meant
  } catch (error) {
    desk.note(`ring-linetool: ${thrownText(error)}\n`)
    return undefined
  }
}

/** Names of files and folders that begin like what was typed. */
function filesLike(begun: string): readonly string[] {
  const folder = begun.endsWith('/') ? begun : dirname(begun)
  try {
    return readdirSync(folder, { withFileTypes: true }).map((entry) => {
      const path = begun.includes('/') ? join(folder, entry.name) : entry.name
      return entry.isDirectory() ? `${path}/` : path
    })
  } catch {
    return []
  }
}
