// The session and the rules of docs/linetool.md are those of the tool.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { rules } from '../core/check/check.ts'
import { run } from './linetool-process.ts'
import { ServedRing } from './served-ring.testdata.ts'

const page = readFileSync(join(import.meta.dirname, '../../../../docs/linetool.md'), 'utf8')
const documentedPort = 18_021
const around = { NO_COLOR: '1', FORCE_COLOR: '0', XDG_STATE_HOME: join(import.meta.dirname, 'none') }

interface Step {
  readonly line: string
  readonly printed: string
}

/** The commands of each block, and what they print. */
const sessions: readonly (readonly Step[])[] = [...page.matchAll(/```text\n([\s\S]*?)```/g)].map(([, block]) =>
  block!
    .split(/^ring> /m)
    .slice(1)
    .map((part) => ({ line: part.slice(0, part.indexOf('\n')), printed: part.slice(part.indexOf('\n') + 1) })),
)

let served: ServedRing

beforeAll(async () => {
  // The page says "5 min"; however long the test takes, within a minute.
  served = await ServedRing.open({ servers: 3, slaves: 1, changedMs: Date.now() - 300_000 })
})

afterAll(() => served.close())

/** The ports of this run; both have five digits, so that tables have their width. */
function here(text: string): string {
  return text.replaceAll(/127\.0\.0\.1:(180\d\d)/g, (_, port: string) => served.labels[Number(port) - documentedPort]!)
}

/** Which server is told first follows from the ids, and these from the ports. */
const whoever = (text: string): string => text.replaceAll(/: 127\.0\.0\.1:\d+ says /g, ': a server says ')

async function follow(steps: readonly Step[]): Promise<void> {
  for (const { line, printed } of steps) {
    const { out, err } = await run([...served.start, ...here(line).split(' ')], '', around)
    expect(whoever(out.replaceAll(/\b[4-9] min/g, '5 min')), line).toBe(whoever(here(printed)))
    expect(err).toBe('')
  }
}

describe('A12: docs/linetool.md', () => {
  test('the recorded session is what the tool prints', async () => {
    const [byHand, dead] = sessions
    expect([byHand!.length, dead!.length]).toEqual([7, 5])
    await follow(byHand!)
    served.kill(served.labels[1]!)
    await follow(dead!)
  })

  test('every rule of the check stands there, as the tool has it', () => {
    const rows = [...page.matchAll(/^\| `([a-z-]+)` \| (.+) \|$/gm)].map(([, id, about]) => ({ id, about }))
    expect(rows).toEqual(rules.map(({ id, about }) => ({ id, about })))
  })
})
