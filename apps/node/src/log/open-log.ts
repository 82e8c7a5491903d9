import { dirname, resolve } from 'node:path'
import { isatty } from 'node:tty'
import { RingError } from '@ring/platform'
import { makeDirectory } from '@ring/transport'
import pino, { type Logger } from 'pino'
import { FileOutput, type LogOutput, standardLogOutput } from './log-output.ts'
import { LogSink } from './log-sink.ts'

export interface Log {
  readonly logger: Logger
  readonly sink: LogSink
}

/**
 * The log of a command: JSON lines, or, on a terminal, lines for people.
 *
 * @param file appended to instead of standard output
 * @throws RingError `RING_LOG_FILE` when the file cannot be opened
 */
export async function openLog(level: string, file: string | undefined): Promise<Log> {
  const forPeople = file === undefined && isatty(1) ? await prettyLines() : undefined
  const output = file === undefined ? standardLogOutput() : await openFile(file)
  const sink = new LogSink(output, (lines) => {
    const line = lossLine(lines)
    return forPeople === undefined ? line : forPeople(line)
  })
  const destination = forPeople === undefined ? sink : { write: (line: string) => sink.write(forPeople(line)) }
  const options = {
    level,
    base: { pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: ['groupKey', '*.groupKey'],
  }
  return { logger: pino(options, destination), sink }
}

async function openFile(file: string): Promise<LogOutput> {
  try {
    await makeDirectory(dirname(resolve(file)), 0o777)
    return FileOutput.open(file)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new RingError('RING_LOG_FILE', `The log file cannot be opened: ${why}. Name another --log-file.`, {
      cause: error,
    })
  }
}

function lossLine(lines: number): string {
  const time = new Date().toISOString()
  const text = 'log lines could not be written and are lost'
  return `${JSON.stringify({ level: 'warn', time, pid: process.pid, event: 'log.lines-lost', lines, msg: text })}\n`
}

/** Only where somebody looks: the module is not read otherwise. */
async function prettyLines(): Promise<(line: string) => string> {
  const { prettyFactory } = await import('pino-pretty')
  const pretty = prettyFactory({
    colorize: process.env['NO_COLOR'] === undefined && process.env['TERM'] !== 'dumb',
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: 'pid',
    singleLine: true,
  })
  return (line) => pretty(line)
}
