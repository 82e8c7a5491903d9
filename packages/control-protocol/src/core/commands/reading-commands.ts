import { commandName, wordsOf } from './command-line.ts'

const reading: ReadonlySet<string> = new Set(['VERSION', 'SELFSTATUS', 'ALLSTATUS', 'DUMP', 'TRACEVIEW', 'HELP'])

/** Whether a line changes nothing wherever it is sent; of a command that is not known here, nobody can tell. */
export function changesNothing(line: string): boolean {
  const { word, rest } = wordsOf(line)
  return reading.has(commandName(word)) || rest.some((one) => ['PLAN', '--PLAN'].includes(one.toUpperCase()))
}
