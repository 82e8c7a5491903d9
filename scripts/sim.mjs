// Starts the simulation of what `--subject` names: the membership, the register alone, or whole nodes. docs/simulation.md
const subjects = {
  membership: 'packages/scenarios/src/simulation/main.ts',
  register: 'packages/register/src/simulation/main.ts',
  node: 'apps/node/src/simulation/main.ts',
}
const words = process.argv.slice(2)
const at = words.findIndex((word) => word === '--subject' || word.startsWith('--subject='))
const subject = at < 0 ? 'membership' : words[at].includes('=') ? words[at].slice('--subject='.length) : words[at + 1]
if (!Object.hasOwn(subjects, subject ?? '')) {
  console.error(`--subject is one of ${Object.keys(subjects).join(', ')}, not ${subject ?? 'nothing'}`)
  process.exit(2)
}
if (at >= 0) words.splice(at, words[at].includes('=') ? 1 : 2)
const node = ['node', '--conditions=@ring/source', '--import', 'tsx']
process.argv = [...process.argv.slice(0, 2), ...node, subjects[subject], ...words]
await import('./run.mjs')
