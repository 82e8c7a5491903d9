import { type Flag, flagGroups } from './flags.ts'

const intro = `ring-bench loads a running ring with keyed messages and measures it: one end serves, the other asks.

  ring-bench --server --config server.ini
  ring-bench --client --config slave.ini --in-flight 64 --duration 5s

The same with CHMPX's flags (-l 0 is without end; HUP, INT or TERM end it, with a report):

  ring-bench -s -conf server.ini -l 0 -proccnt 1 -threadcnt 1 -ta -dl 128 -pr -g err -dummykey TEST
  ring-bench -c -conf slave.ini -l 1 -proccnt 1 -threadcnt 1 -ta -dl 128 -pr -g err -dummykey TEST

ring-bench compare BEFORE.json AFTER.json sets two reports side by side that --save wrote.

ring-bench speed starts a ring of its own and prints its speed against a framed echo over one TCP connection.
It takes --runs N (5), --duration TIME (2s), --warm-up TIME, --size BYTES and --json.
`

const outro = `
Exit codes: 0 done; 1 a reply was wrong or a request is not accounted for; 2 this command line;
69 no node or no server in time; 70 a fault of ring-bench; 78 the configuration; 130 a second signal.
stdout has the report (and messages with -pr), stderr everything else.
`

const column = 28

/** The help, made from the table of flags. */
export function helpText(): string {
  const groups = Object.entries(flagGroups as Readonly<Record<string, Readonly<Record<string, Flag>>>>)
  const texts = groups.map(([title, group]) => `\n${title}\n${Object.values(group).map(lineOf).join('')}`)
  return `${intro}${texts.join('')}${outro}`
}

function lineOf({ names, value, doc }: Flag): string {
  const left = `  ${names.join(', ')}${value.kind === 'none' ? '' : ` ${value.name}`}`
  return left.length < column ? `${left.padEnd(column)} ${doc}\n` : `${left}\n${' '.repeat(column)} ${doc}\n`
}
