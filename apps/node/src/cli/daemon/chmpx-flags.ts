/** How CHMPX's users start the daemon: long flags behind a single dash, in any case. */
export interface ChmpxFlags {
  readonly configuration: string | undefined
  readonly ctlPort: number | undefined
  readonly cuk: string | undefined
  readonly logLevel: string | undefined
  readonly logFile: string | undefined
  readonly wants: 'run' | 'help' | 'version'
}

export type ParsedFlags =
  | { readonly ok: true; readonly flags: ChmpxFlags }
  | { readonly ok: false; readonly problem: string }

type Setting = Exclude<keyof ChmpxFlags, 'wants'>

const settings: Readonly<Record<string, Setting>> = {
  '-conf': 'configuration',
  '-f': 'configuration',
  '-json': 'configuration',
  '-ctlport': 'ctlPort',
  '-cntlport': 'ctlPort',
  '-cntrlport': 'ctlPort',
  '-cuk': 'cuk',
  '-d': 'logLevel',
  '-g': 'logLevel',
  '-dfile': 'logFile',
  '-gfile': 'logFile',
}

const levels: Readonly<Record<string, string>> = {
  silent: 'silent',
  slt: 'silent',
  err: 'error',
  error: 'error',
  wan: 'warn',
  warning: 'warn',
  info: 'info',
  inf: 'info',
  msg: 'info',
  dump: 'debug',
  dmp: 'debug',
}

/** Whether the arguments are in CHMPX's way: the first one is a flag behind a single dash, of more than one letter or known. */
export function isChmpxStyle(args: readonly string[]): boolean {
  const first = args[0]?.toLowerCase() ?? ''
  return Object.hasOwn(settings, first) || first === '-h' || first === '-v' || /^-[a-z]{2,}/.test(first)
}

/** Reads CHMPX's flags; the first problem ends it, with what to write instead. */
export function parseChmpxFlags(args: readonly string[]): ParsedFlags {
  const values: Partial<Record<Setting, string>> = {}
  for (let at = 0; at < args.length; at++) {
    const flag = args[at]!.toLowerCase()
    if (flag === '-h' || flag === '-help') return { ok: true, flags: flagsOf(values, 'help') }
    if (flag === '-v' || flag === '-version') return { ok: true, flags: flagsOf(values, 'version') }
    const setting = Object.hasOwn(settings, flag) ? settings[flag] : undefined
    if (setting === undefined) return { ok: false, problem: `unknown flag ${args[at]!}${suggestion(flag)}` }
    const value = args[++at]
    if (value === undefined) return { ok: false, problem: `${flag} needs a value` }
    if (values[setting] !== undefined)
      return { ok: false, problem: `${flag} is given twice, or with another flag of the same meaning` }
    const problem = problemOf(setting, flag, value)
    if (problem !== undefined) return { ok: false, problem }
    values[setting] = value
  }
  return { ok: true, flags: flagsOf(values, 'run') }
}

function problemOf(setting: Setting, flag: string, value: string): string | undefined {
  if (setting === 'ctlPort' && !(Number.isInteger(Number(value)) && Number(value) > 0 && Number(value) < 65_536)) {
    return `${flag} ${value}: must be a port, 1 to 65535`
  }
  if (setting === 'logLevel' && !Object.hasOwn(levels, value.toLowerCase())) {
    return `${flag} ${value}: must be one of silent, err, wan, info, msg, dump`
  }
  return undefined
}

function flagsOf(values: Partial<Record<Setting, string>>, wants: ChmpxFlags['wants']): ChmpxFlags {
  return {
    configuration: values.configuration,
    ctlPort: values.ctlPort === undefined ? undefined : Number(values.ctlPort),
    cuk: values.cuk,
    logLevel: values.logLevel === undefined ? undefined : levels[values.logLevel.toLowerCase()],
    logFile: values.logFile,
    wants,
  }
}

/** The known flag that shares the longest beginning with what was written. */
function suggestion(flag: string): string {
  const near = Object.keys(settings)
    .map((known) => ({ known, length: sharedLength(known, flag) }))
    .sort((one, other) => other.length - one.length)[0]
  return near && near.length > 2 ? `; did you mean ${near.known}?` : '; see ring-node -h'
}

function sharedLength(one: string, other: string): number {
  let length = 0
  while (length < one.length && one[length] === other[length]) length += 1
  return length
}
