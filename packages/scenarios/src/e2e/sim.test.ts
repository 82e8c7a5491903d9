import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../../..', import.meta.url))

/** What `npm run sim` starts for each subject, as one file. */
const bundled = { membership: process.env['RING_TEST_SIM'], register: process.env['RING_TEST_SIM_REGISTER'] }

/** A simulation as a process of its own. */
function sim(subject: keyof typeof bundled, ...words: readonly string[]) {
  const program = bundled[subject]
  return run(program === undefined ? ['scripts/sim.mjs', '--subject', subject, ...words] : [program, ...words])
}

function run(words: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { cwd: root, encoding: 'utf8' })
  return { status, stdout, stderr }
}

describe('F2: npm run sim', () => {
  it('M5: a branch in one lineage is caught; the process prints the seed and how to see it, and ends with 1', () => {
    const caught = sim('membership', '--variant', 'branch-in-one-lineage', '--seeds', '20', '--shrink')
    expect(caught.status).toBe(1)
    expect(caught.stdout).toMatch(/^BROKEN by seed (\d+): two views for /)
    expect(caught.stdout).toMatch(/see it: npm run sim -- --seed \d+ --variant branch-in-one-lineage\n$/)
    expect(caught.stdout).toMatch(/the least trouble that still breaks it:\n# seed \d+\nat \d+(\.\d+)?ms \w+/)
    // Progress is for terminals.
    expect(caught.stderr).toBe('')
    const [, seed] = /BROKEN by seed (\d+)/.exec(caught.stdout)!
    const again = sim('membership', '--seed', seed!, '--variant', 'branch-in-one-lineage', '--json')
    expect(again.status).toBe(1)
    expect(JSON.parse(again.stdout)).toMatchObject({ seed: Number(seed), kind: 'broken' })
  })

  it.each(['membership', 'register'] as const)('%s: a history that is cut says how to see the rest', (subject) => {
    const cut = sim(subject, '--seed', '7').stdout
    const [, left, call] = /^\.\.\. (\d+) lines more: npm run sim -- (.*)$/m.exec(cut)!
    // As `scripts/sim.mjs` reads it, which starts the program of the subject.
    expect(call!.includes('--subject register')).toBe(subject === 'register')
    const { stdout: whole } = sim(subject, ...call!.split(' ').filter((word) => !/^(--subject|register)$/.test(word)))
    expect(whole).not.toContain('lines more')
    // Itself, it stood for them.
    expect(whole.split('\n').length).toBe(cut.split('\n').length - 1 + Number(left))
  })

  it('says what is wrong, and ends with 2', () => {
    const wrong = run(['scripts/sim.mjs', '--quorum', 'all'])
    expect(wrong.status).toBe(2)
    expect(wrong.stderr).toContain('--quorum is none or majority, not all')
    expect(run(['scripts/sim.mjs', '--subject', 'weather']).status).toBe(2)
  })
})
