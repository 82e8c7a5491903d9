import { parseArgs } from 'node:util'
import { type Quorum, type Subject, subjectOf, variantNames } from './subject.ts'

export const usage = `Simulates groups of members: faults drawn from a seed, members that come and go, every promise checked.

  --seed N              one seed, with its history; without it: seeds 1 to --seeds
  --seeds N             how many seeds (default 300)
  --quorum none|majority  (default none, where split groups are merged)
  --variant NAME        with one rule taken out:
${wrapped(variantNames)}
  --shrink              of a broken run also the least trouble that still breaks it, as a script
  --full                the whole history, not only its end

  --members N[,N ...]   traffic and detection in groups of so many members instead (10,100,1000: minutes)
  --long                with ten simulated minutes of a lossy network, and ten of members that pause

  --json                the outcome as one line of JSON
  --subject register    the register alone instead; its own options: --subject register --help
  --help                this text

Ends with 0 where every promise was kept, 1 where one was broken, 2 where the call was wrong.
`

/** What a broken run has to say to be seen again. */
export interface Named {
  readonly subject: Subject
  readonly variant: string | undefined
  readonly shrink: boolean
}

export type Command =
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly message: string }
  | ({ readonly kind: 'replay'; readonly seed: number; readonly full: boolean; readonly json: boolean } & Named)
  | ({ readonly kind: 'sweep'; readonly seeds: number; readonly json: boolean } & Named)
  | {
      readonly kind: 'large'
      readonly members: readonly number[]
      readonly seed: number
      readonly quorum: Quorum
      readonly long: boolean
      readonly json: boolean
    }

const largest = 5_000
/** Fewer cannot lose one and still show how the others hear of it. */
const smallest = 3

const options = {
  subject: { type: 'string', default: 'membership' },
  seed: { type: 'string' },
  seeds: { type: 'string' },
  quorum: { type: 'string', default: 'none' },
  variant: { type: 'string' },
  members: { type: 'string' },
  long: { type: 'boolean', default: false },
  shrink: { type: 'boolean', default: false },
  full: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

type Values = ReturnType<typeof parseArgs<{ readonly options: typeof options }>>['values']

/** What the words of a command line ask for. */
export function commandOf(words: readonly string[]): Command {
  try {
    return commandFor(parseArgs({ args: [...words], options }).values)
  } catch (error) {
    return { kind: 'wrong', message: error instanceof Error ? error.message : String(error) }
  }
}

function commandFor(values: Values): Command {
  const { quorum, variant, json, shrink, full, long } = values
  if (values.help) return { kind: 'help' }
  if (values.subject !== 'membership')
    throw new RangeError(`--subject is membership or register, not ${values.subject}`)
  if (quorum !== 'none' && quorum !== 'majority') throw new RangeError(`--quorum is none or majority, not ${quorum}`)
  const seed = values.seed === undefined ? undefined : wholeNumber('--seed', values.seed)
  if (values.members !== undefined) {
    if (variant !== undefined) throw new RangeError('--members measures the sound rules: leave --variant out')
    return { kind: 'large', members: sizes(values.members), seed: seed ?? 1, quorum, long, json }
  }
  if (long) throw new RangeError('--long goes with --members')
  const subject = subjectOf(quorum, variant)
  if (subject === undefined) throw new RangeError(`there is no variant "${variant}": --help lists them`)
  const named = { subject, variant, shrink }
  if (seed !== undefined) return { kind: 'replay', seed, full, json, ...named }
  return { kind: 'sweep', seeds: wholeNumber('--seeds', values.seeds ?? '300'), json, ...named }
}

function sizes(text: string): readonly number[] {
  return text.split(',').map((part) => {
    const size = wholeNumber('--members', part)
    if (size < smallest || size > largest)
      throw new RangeError(`--members takes ${smallest} to ${largest}, not ${size}`)
    return size
  })
}

function wholeNumber(option: string, text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isSafeInteger(value) || value < 1)
    throw new RangeError(`${option} takes a whole number above 0, not "${text}"`)
  return value
}

/** The names, indented under their option, a few on each line. */
function wrapped(names: readonly string[]): string {
  const lines: string[] = []
  for (let at = 0; at < names.length; at += 4) lines.push(`${' '.repeat(24)}${names.slice(at, at + 4).join(', ')}`)
  return lines.join(',\n')
}
