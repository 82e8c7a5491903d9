import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, describe, expect, it } from 'vitest'
import { freshPort } from './daemon-process.ts'

const root = join(import.meta.dirname, '..', '..', '..', '..')
/** In a package that has @ring/node, as its user's project does. */
const folder = join(root, 'apps', 'bench', '.ring')
const script = join(folder, `first-ring-${process.pid}.mjs`)
const children: ChildProcess[] = []

mkdirSync(folder, { recursive: true })
cpSync(join(root, 'examples', 'first-ring', 'shop.mjs'), script)
afterAll(() => {
  for (const child of children) child.kill('SIGKILL')
  rmSync(script)
})

/** The example at another port; its lines, as they come. */
function shop(ctlPort: number) {
  const node = ['--conditions=@ring/source', '--import', 'tsx', script, `${ctlPort}`]
  const child = spawn(process.execPath, node, { stdio: ['ignore', 'pipe', 'ignore'] })
  children.push(child)
  const lines: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
  return { child, lines }
}

/** How many of the last five customers' orders were taken by whom. */
const takers = (lines: readonly string[]) => new Set(lines.slice(-5).map((line) => line.split(' took ')[0]))

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 50))
}

describe("U3: the README's first program", () => {
  it('U3: three of them share the customers; what one had, the others have when it is killed', async () => {
    const [one, two, three] = [shop(freshPort()), shop(freshPort()), shop(freshPort())]
    await until(() => [one, two, three].every(({ lines }) => takers(lines).size === 3 && lines.length >= 5))
    three.child.kill('SIGKILL')
    const from = [one.lines.length, two.lines.length]
    const isShared = ({ lines }: typeof one, at: number) => lines.length >= at + 6 && takers(lines).size === 2
    await until(() => isShared(one, from[0]!) && isShared(two, from[1]!))
    for (const { lines } of [one, two]) expect(lines.at(-1)).toMatch(/^\S+ took order \d+ of customer \d$/)
  })
})
