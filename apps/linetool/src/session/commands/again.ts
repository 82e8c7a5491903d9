import { UsageError } from '../../core/errors.ts'
import { parseSeconds } from '../../core/options/times.ts'
import { nodeJson } from '../../core/render/node-json.ts'
import { Accounts, type RingPicture } from '../../core/ring/picture.ts'
import { rateOf } from '../../core/top/rates.ts'
import { picturesKept, topText } from '../../core/top/top-text.ts'
import { askOptions, type CommandContext, type CommandResult, type LiveArea, word } from '../command-context.ts'
import { pause } from '../pause.ts'

const watchDefaultMs = 2_000
const topDefaultMs = 1_000

/** `watch [SEC] COMMAND` */
export async function watch(context: CommandContext): Promise<undefined> {
  const { session, clock } = context
  const rest = word(context, '[SEC] COMMAND')!
  const [first = '', ...others] = rest.split(/\s+/)
  const everyMs = parseSeconds(first)
  const line = everyMs === undefined ? rest : others.join(' ')
  if (line === '') throw new UsageError('watch needs a command, as in: watch 1 status.')
  await live(context, async (area, signal) => {
    for (;;) {
      const result = await session.evaluate(line, signal)
      if (result === undefined)
        throw new UsageError(`watch cannot repeat ${line.split(' ')[0]!}: it has no answer of its own.`)
      const head = result.isJson ? '' : `every ${(everyMs ?? watchDefaultMs) / 1_000} s: ${line}\n`
      area.show(() => `${head}${result.text()}`)
      await pause(clock, everyMs ?? watchDefaultMs, signal)
    }
  })
  return undefined
}

/** `top [SEC] [COUNT]` */
export async function top(context: CommandContext): Promise<undefined> {
  const { ring, desk, clock, options } = context
  const everyMs = Number(word(context, 'SEC') ?? topDefaultMs)
  const rounds = Number(word(context, 'COUNT') ?? Number.POSITIVE_INFINITY)
  const pictures: RingPicture[] = []
  await live(context, async (area, signal) => {
    for (let round = 1; round <= rounds; round++) {
      pictures.push(await ring.look({ ...askOptions(context), signal }))
      if (pictures.length > picturesKept) pictures.shift()
      if (options.has('asJson')) desk.print(`${JSON.stringify(topJson(pictures))}\n`)
      else area.show(() => topText(pictures, desk.view(options.has('ascii'))))
      if (round < rounds) await pause(clock, everyMs, signal)
    }
  })
  return undefined
}

function topJson(pictures: readonly RingPicture[]): object {
  const now = pictures.at(-1)!
  const accounts = new Accounts(now)
  return {
    ...{ form: 1, command: 'top', ok: true, atMs: now.atMs, group: now.group },
    nodes: now.nodes.map((node) => ({ ...nodeJson(node, accounts), rate: rateOf(node, now, pictures.at(-2)) ?? null })),
  }
}

/** Goes on until the person has seen enough; that is how it is meant to end. */
async function live(
  { desk, signal }: CommandContext,
  work: (area: LiveArea, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const area = desk.live()
  const both = AbortSignal.any([signal, area.enough])
  try {
    await work(area, both)
  } catch (error) {
    if (!area.enough.aborted) throw error
  } finally {
    area.end()
  }
}

export async function sleep(context: CommandContext): Promise<undefined> {
  await pause(context.clock, Number(word(context, 'SEC')), context.signal)
  return undefined
}

export function loop(context: CommandContext): undefined {
  const rounds = word(context, 'COUNT')
  context.session.beginLoop(Number(word(context, 'SEC')), rounds === undefined ? undefined : Number(rounds))
  return undefined
}

export function loopcmd(): CommandResult {
  throw new UsageError('loopcmd belongs behind a loop: loop 1, then loopcmd status.')
}
