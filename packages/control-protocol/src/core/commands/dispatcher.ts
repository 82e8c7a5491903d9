import { thrownText } from '@ring/platform'
import { outcomeText, replyText, unknownCommandText } from '../replies/reply-text.ts'
import { optionsOf, wordsOf } from './command-line.ts'
import type { Access, Command, CommandContext, CommandForm, CommandTable } from './command-table.ts'
import { failure, type Outcome } from './outcome.ts'

/** A command that is about to run, or the reply to what is none or may not. */
export type Dispatched =
  | { readonly reply: string }
  | { readonly command: CommandForm; readonly run: (context: CommandContext) => Promise<string> }

/** Decides what a line asks for, and whether its host may; nothing has been run when it returns. Never throws. */
export function dispatch(table: CommandTable, line: string, access: Access): Dispatched {
  const { word, rest } = wordsOf(line)
  const command = table.find(word)
  if (command === undefined) return { reply: unknownCommandText(word) }
  const { form } = command
  const words = optionsOf(rest, form.options)
  const asJson = words.options.has('json')
  const reply = (outcome: Outcome) => ({ reply: replyText(form.name, outcome, asJson) })
  const wrong = wrongWords(form, words.arguments, words.unknown)
  if (wrong !== undefined) return reply(wrong)
  const isChange = form.kind === 'change' && !words.options.has('plan')
  if (access === 'refused' || (isChange && access === 'read')) return reply(notAllowedHere(form.name))
  const call = { name: form.name, arguments: words.arguments, options: words.options }
  return { command: form, run: (context) => run(command, call, context, asJson) }
}

async function run(
  { form, handler }: Command,
  call: Parameters<Command['handler']>[0],
  context: CommandContext,
  asJson: boolean,
): Promise<string> {
  try {
    return replyText(form.name, await handler(call, context), asJson)
  } catch (error) {
    const outcome = failure('failed', `${form.name} failed: ${thrownText(error)}`, [
      'SELFSTATUS shows what it came to.',
    ])
    return asJson ? replyText(form.name, outcome, true) : outcomeText(outcome)
  }
}

function wrongWords(form: CommandForm, given: readonly string[], unknown: string | undefined): Outcome | undefined {
  const usage = [`Usage: ${usageOf(form)}`]
  if (unknown !== undefined) return failure('usage', `${form.name} has no option ${unknown}.`, usage)
  if (given.length <= form.argumentsMax) return undefined
  if (form.argumentsMax === 0)
    return failure('usage', `${form.name} takes no parameter; it is about the whole ring, or this node.`, usage)
  return failure('usage', `${form.name} takes no more than ${form.argumentsMax} parameters.`, usage)
}

function notAllowedHere(name: string): Outcome {
  return failure('not-permitted', `${name} is not permitted from this host.`, [
    'Ask from this machine or from a node that the configuration names, or show a token (TOKEN).',
  ])
}

/** As `SERVICEOUT host:ctlport [WAIT] [FORCE]`. */
export function usageOf({ name, usage, options }: CommandForm): string {
  return [name, usage, ...options.map((option) => `[${option.toUpperCase()}]`)].filter((part) => part !== '').join(' ')
}
