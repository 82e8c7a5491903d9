import { systemClock } from '@ring/transport'
import { quoted } from '../core/line/words.ts'
import type { Level, Settings, Start, Work } from '../core/options/settings.ts'
import { parseStart } from '../core/options/start.ts'
import { commandHelp, programHelp } from '../core/render/help.ts'
import type { Seed } from '../core/ring/gathering.ts'
import { withoutControls } from '../core/ring/reply.ts'
import { exitCodes } from '../exit-codes.ts'
import { failureOf } from '../session/exit-code-of.ts'
import { type Answered, RingAccess } from '../session/ring-access.ts'
import { Session } from '../session/session.ts'
import { version } from '../version.ts'
import { HistoryFile, historyPath } from './history-file.ts'
import { Lending } from './lending.ts'
import { runPipedSession } from './piped-session.ts'
import { knownNodes } from './seeds.ts'
import { SystemMachine } from './system-machine.ts'
import { TcpControlPort, tlsContexts, tokenOf } from './tcp-control-port.ts'
import { TerminalDesk } from './terminal-desk.ts'
import { runTerminalSession } from './terminal-session.ts'

/** `ring-linetool` with these words. Returns the exit code; never throws. */
export async function runCommandLine(words: readonly string[]): Promise<number> {
  try {
    return await run(parseStart(words))
  } catch (error) {
    const { exitCode, code, message } = failureOf(error)
    process.stderr.write(
      `ring-linetool: ${withoutControls(message)} [${code}]${code.endsWith('USAGE') ? ' See --help.' : ''}\n`,
    )
    return exitCode
  }
}

async function run(start: Start): Promise<number> {
  switch (start.kind) {
    case 'help': {
      const columns = process.stdout.isTTY ? process.stdout.columns : undefined
      process.stdout.write(start.command === undefined ? programHelp(columns) : commandHelp(start.command, columns))
      return exitCodes.ok
    }
    case 'version':
      process.stdout.write(`ring-linetool ${version}\n`)
      return exitCodes.ok
    case 'work':
      return runWork(start)
  }
}

async function runWork({ settings, given, work }: Extract<Start, { kind: 'work' }>): Promise<number> {
  const isPerson = work.kind === 'shell' && process.stdin.isTTY && process.stdout.isTTY
  const desk = new TerminalDesk({ asks: work.kind !== 'file', noColor: settings.noColor })
  const note = (text: string, level: Level): void => {
    if (isTold(session.level, level)) desk.note(`ring-linetool: ${withoutControls(text)}\n`)
  }
  const history = await HistoryFile.open(historyPath(process.env), settings.historySize, (text) => note(text, 'wan'))
  const ring = await ringOf(settings, note)
  const lending = new Lending()
  const session = new Session({
    ...{ ring, clock: systemClock, desk, settings, defaults: given },
    machine: new SystemMachine(() => lending.lend()),
    history: () => history.lines,
  })
  for (const remark of settings.remarks) note(remark, 'wan')
  if (isPerson) {
    const nodes = () => ring.known?.nodes.map(({ label }) => label) ?? []
    return runTerminalSession({ session, desk, history, historySize: settings.historySize, nodes, lending })
  }
  endOnSignal(session)
  return runUnattended(session, work, settings)
}

async function runUnattended(session: Session, work: Work, { keepGoing }: Settings): Promise<number> {
  switch (work.kind) {
    case 'shell':
      return runPipedSession(session, keepGoing)
    case 'command':
      return session.run(work.line)
    case 'file':
      return session.run(`load ${quoted(work.path)}`)
    case 'repeat':
      session.beginLoop(work.everyMs, undefined)
      await session.run(work.line)
      return session.finish()
  }
}

/** The first one ends the command, the second one the program. */
function endOnSignal(session: Session): void {
  let isAsked = false
  process.on('SIGINT', () => {
    if (isAsked || !session.interrupt()) process.exit(exitCodes.interrupted)
    isAsked = true
  })
}

async function ringOf(settings: Settings, note: (text: string, level: Level) => void): Promise<RingAccess> {
  const { parallel, group } = settings
  const port = await portFor(settings, note)
  let isLocal = false
  const seeds = async (): Promise<readonly Seed[]> => {
    const known = await knownNodes(settings, process.env)
    isLocal = known.isLocal
    if (known.speaksTls) port.speakTls()
    return known.seeds
  }
  const told = (label: string, command: string, answered: Answered, tookMs: number): void => {
    note(
      `${command} to ${label}: ${tookMs.toFixed(1)} ms, ${answered.kind === 'reply' ? 'answered' : answered.why}`,
      'msg',
    )
    if (answered.kind === 'reply') note(answered.text, 'dump')
  }
  const remark = (text: string) => note(text, 'wan')
  return new RingAccess({ port, clock: systemClock, parallel, group, seeds, told, remark, oneGroup: () => isLocal })
}

async function portFor(
  { tls, tokenFile }: Settings,
  note: (text: string, level: Level) => void,
): Promise<TcpControlPort> {
  const token = await tokenOf(tokenFile, process.env)
  if (tls === undefined) return new TcpControlPort({ token })
  if (tls.ca === undefined) note('without --ca, whoever answers is taken for a node of the ring', 'wan')
  return new TcpControlPort({ token, tls: await tlsContexts(tls) })
}

const ranks: Readonly<Record<Level, number>> = { silent: 0, err: 1, wan: 2, msg: 3, dump: 4 }

const isTold = (set: Level, level: Level): boolean => ranks[level] <= ranks[set]
