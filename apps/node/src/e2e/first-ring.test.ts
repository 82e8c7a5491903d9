import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { freshPorts } from '@ring/testkit'
import { afterAll, describe, expect, it } from 'vitest'

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

const customers = 20

/** The example at another port; its lines, as they come. */
function shop() {
  // Its PORT is the one below.
  const ctlPort = 1 + freshPorts(2)
  const node = ['--conditions=@ring/source', '--import', 'tsx', script, `${ctlPort}`]
  const child = spawn(process.execPath, node, { stdio: ['ignore', 'pipe', 'ignore'] })
  children.push(child)
  const lines: string[] = []
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line))
  return { child, lines, ctlPort }
}

/** The control ports of those who took the last order of each customer. */
const takers = (lines: readonly string[]) =>
  new Set(lines.slice(-customers).map((line) => Number(/^\S+:(\d+) took /.exec(line)?.[1])))

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 50))
}

describe("U3: the README's first program", () => {
  it('U3: three of them share the customers; what one had, the others have when it is killed', async () => {
    const [one, ...others] = [shop(), shop(), shop()] as const
    // Whose keys they are is as their names have it; that all twenty are with one is next to impossible.
    const sharer = () => others.find(({ ctlPort }) => takers(one.lines).has(ctlPort))
    await until(() => one.lines.length >= customers && sharer() !== undefined)
    const killed = sharer()!
    const left = [one, ...others.filter((other) => other !== killed)]
    killed.child.kill('SIGKILL')
    const from = left.map(({ lines }) => lines.length)
    await until(() =>
      left.every(({ lines }, at) => lines.length >= from[at]! + customers && !takers(lines).has(killed.ctlPort)),
    )
    await until(() => left.every(({ lines }) => ![...takers(lines)].some(Number.isNaN)))
    for (const { lines } of left) expect(lines.at(-1)).toMatch(/^\S+ took order \d+ of customer \d+$/)
  })
})
