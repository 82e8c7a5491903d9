import type { OptionKey } from '../options/option-table.ts'
import type { Argument } from './command.ts'

/** Of every command that shows something. */
export const shown: readonly OptionKey[] = ['asJson', 'ascii', 'timeout', 'help']
/** Of those that change the ring. */
export const changing: readonly OptionKey[] = ['yes', 'wait', 'waitTime', ...shown]

export const node = (doc: string, name = 'NODE'): Argument => ({ name, takes: { kind: 'node' }, doc })
export const required = (argument: Argument): Argument => ({ ...argument, isRequired: true })
export const choice = (name: string, doc: string, of: Readonly<Record<string, string>>): Argument => ({
  name,
  takes: { kind: 'choice', of },
  doc,
})
export const noUpdate = choice('noupdate', 'use what is known, ask nobody anew; nodyna: only the configured nodes', {
  noupdate: 'noupdate',
  nodyna: 'nodyna',
})
export const all = choice('all', 'all of them, as without it', { all: 'all' })
export const onOff = { enable: 'on', yes: 'on', on: 'on', disable: 'off', no: 'off', off: 'off' }

/** All that follows, which is needed. */
export const rest = (name: string, doc: string): Argument => ({ name, takes: { kind: 'rest' }, doc, isRequired: true })
