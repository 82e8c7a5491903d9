import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type ServiceState, serviceStates, statesOfDown, traitsOf } from './service-state.ts'
import { eventMeanings, nextState, refusalOf, type ServiceEvent, serviceEvents } from './transitions.ts'

const page = join(import.meta.dirname, '..', '..', '..', '..', '..', 'docs', 'lifecycle.md')

const words = { out: 'SERVICE OUT', in: 'SERVICE IN', none: 'n/a', add: 'ADD', delete: 'DELETE' } as const

/** As CHMPX prints it. */
function printed(state: ServiceState, up: boolean): string {
  const { ring, action, progress } = traitsOf(state)
  return `[${words[ring]}] [${up ? 'UP' : 'DOWN'}] [${words[action]}] [${progress[0]!.toUpperCase()}${progress.slice(1)}]`
}

const standings = serviceStates.flatMap((state) =>
  [true, ...(statesOfDown.has(state) ? [false] : [])].map((up) => ({ state, up })),
)

function goesTo(state: ServiceState, up: boolean, event: ServiceEvent): string {
  const next = nextState(state, up, event)
  if (next !== undefined) return `\`${next}\``
  const why = event === 'service-in' || event === 'service-out' ? refusalOf(state, up, event) : undefined
  return why === undefined ? '' : `refused: ${why}`
}

function text(): string {
  const lists = standings.map(
    ({ state, up }) =>
      `| \`${state}\`${up ? '' : ', down'} | ${printed(state, up)} | ${traitsOf(state).isServing ? 'yes' : 'no'} | ${traitsOf(state).willServe ? 'yes' : 'no'} |`,
  )
  const rows = serviceEvents.flatMap((event) =>
    standings
      .map(({ state, up }) => ({ name: `\`${state}\`${up ? '' : ', down'}`, to: goesTo(state, up, event) }))
      .filter(({ to }) => to !== '')
      .map(({ name, to }) => `| ${event} | ${name} | ${to} |`),
  )
  return `# The lifecycle of a server

A server comes into service and goes out of it in steps, and its keys with it. This page is made from the table that nodes run by,
\`packages/merge/src/core/service/transitions.ts\`; \`npm test -- packages/merge/src/core/service/lifecycle-page.test.ts -u\` writes it again.
The commands are those of the [control port](control-port.md).

## States

*Serves* is what CHMPX's base hash counts, *will serve* what its pending hash counts. *Returning*: it serves, and holds less than it is
to hold, mostly since it lives anew. *Gaining*: it serves, and gets more.

| state | as CHMPX prints it | serves | will serve |
|---|---|---|---|
${lists.join('\n')}

## Events

| event | what happens |
|---|---|
${serviceEvents.map((event) => `| ${event} | ${eventMeanings[event]} |`).join('\n')}

## Transitions

What is not in the table leaves a server as it is. While a merge is under way, SERVICEIN and SERVICEOUT are refused for all.

| event | from | to |
|---|---|---|
${rows.join('\n')}

## What goes by itself

- **AUTOMERGE** (the default where \`DOMERGE\` is not on): without data a server that joins is taken in, and one that is gone is taken out,
  in the very commit that changes the view. With data (\`DOMERGE\`) a server is taken in once a program attaches there, a dead one is taken
  out after \`REBALANCE_DELAY\`, and a server that stops is taken out first, within \`STOP_TIMEOUT\`.
- **Without AUTOMERGE** an operator says each step. Only a life that returns is filled by itself, as far as nobody else takes part.
- **SUSPENDMERGE** holds all of it back, ring-wide and for those that join later: a server whose program attaches is ADD Pending.
  NOSUSPENDMERGE catches up: with all that waited, in one merge.
- **ABORTMERGE** takes ADD back to SERVICE OUT and DELETE back to SERVICE IN; those servers are *held*: nothing takes them in or out by
  itself, until an operator does. A server that an operator took out is held, too, over restarts.

Where it departs from CHMPX: there the last steps of a merge can be missed, so that a server is stuck in DONE; only the newcomer gets data;
an aborted ADD goes back to PENDING; and a reply says that a command was sent. Here who gets what is agreed in one record, every server
whose keys change pulls them, and a reply says what happened.
`
}

describe('the page of the lifecycle', () => {
  it('A8: is what the table says', async () => {
    await expect(text()).toMatchFileSnapshot(page)
  })
})
