import { FileError, NotConfirmedError } from '../../core/errors.ts'
import type { Level } from '../../core/options/settings.ts'
import { commandHelp, commandsHelp } from '../../core/render/help.ts'
import { exitCodes } from '../../exit-codes.ts'
import { type CommandContext, type CommandResult, word } from '../command-context.ts'

const said = (text: string, document: object = { text }): CommandResult => ({
  exitCode: exitCodes.ok,
  document,
  text: () => text,
})

const shownAlready = (exitCode: number): CommandResult => ({ exitCode, isShown: true, document: {}, text: () => '' })

export function history({ session, invocation }: CommandContext): CommandResult {
  const all = session.history
  const count = Number(invocation.arguments.get('N') ?? all.length)
  const from = Math.max(0, all.length - count)
  const lines = all.slice(from).map((line, place) => ({ number: from + place + 1, line }))
  const width = String(all.length).length
  const text = lines.map(({ number, line }) => `${String(number).padStart(width)}  ${line}\n`).join('')
  return said(text, { lines })
}

export async function save(context: CommandContext): Promise<CommandResult> {
  const { machine, desk, session, options, signal } = context
  const path = word(context, 'FILE')!
  if (desk.isInteractive && !options.has('yes') && (await machine.exists(path))) {
    if (!(await desk.confirm(`Replace ${path}?`, signal))) throw new NotConfirmedError('Nothing was written.')
  }
  await machine.writeFile(path, session.history.map((line) => `${line}\n`).join(''))
  return said(`${session.history.length} lines written to ${path}\n`)
}

export async function load(context: CommandContext): Promise<CommandResult> {
  const { machine, session, signal } = context
  const text = await machine.readFile(word(context, 'FILE')!)
  return shownAlready(await session.runAll(linesOf(text), signal))
}

const linesMax = 100_000

/**
 * The lines of a file of commands.
 *
 * @throws FileError for what is no such file
 */
export function linesOf(text: string): readonly string[] {
  if (text.includes('\0')) throw new FileError('This is no file of commands: it is binary.')
  const lines = text.split(/\r?\n/)
  if (lines.length > linesMax) throw new FileError(`This is no file of commands: it has more than ${linesMax} lines.`)
  return lines
}

export async function shell(context: CommandContext): Promise<CommandResult> {
  const exitCode = await context.machine.shell(word(context, 'COMMAND'), context.signal)
  return shownAlready(exitCode)
}

export const echo = (context: CommandContext): CommandResult => said(`${word(context, 'TEXT') ?? ''}\n`)

const levels: readonly Level[] = ['silent', 'err', 'wan', 'msg', 'dump']

export function dbglevel(context: CommandContext): CommandResult {
  const { session } = context
  const next = levels[(levels.indexOf(session.level) + 1) % levels.length]!
  session.level = (word(context, 'LEVEL') as Level | undefined) ?? next
  return said(`The level is ${session.level}.\n`, { level: session.level })
}

export const dchmpx = (): CommandResult =>
  said("This has no effect: CHMPX's library is not used. dbglevel tells more.\n")

export function help(context: CommandContext): CommandResult {
  const name = word(context, 'COMMAND')
  const text = (columns?: number) => (name === undefined ? commandsHelp(columns) : commandHelp(name, columns))
  return { exitCode: exitCodes.ok, document: { text: text() }, text: ({ columns }) => text(columns) }
}

export function quit({ session }: CommandContext): undefined {
  session.end()
  return undefined
}
