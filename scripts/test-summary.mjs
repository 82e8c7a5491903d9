// Prints "N passed, N failed" from vitest's JSON reports, all together, and fails when a test failed or none ran.
//   node scripts/test-summary.mjs REPORT.json [ANOTHER.json ...]   the others may be missing, or say why they did not run
import { existsSync, readFileSync } from 'node:fs'

const [first = 'out/tests.json', ...others] = process.argv.slice(2)
if (!existsSync(first)) {
  console.error(`No test report at ${first}: the test run did not finish.`)
  console.log('0 passed, 1 failed')
  process.exit(1)
}

let [passed, failed] = [0, 0]
/** Names of tests that were skipped, by the reason that stands behind the name. */
const skipped = new Map()
for (const file of [first, ...others]) {
  const report = reportAt(file)
  passed += report.numPassedTests
  failed += report.numFailedTests
  for (const { name, status, assertionResults } of report.testResults) {
    if (status === 'failed' && assertionResults.length === 0) failed++
    for (const one of assertionResults)
      if (['skipped', 'pending', 'todo'].includes(one.status)) skip(one.fullName, name)
  }
}

/** Of a run that did not take place, the reason why. */
function reportAt(file) {
  const none = { numPassedTests: 0, numFailedTests: 0, testResults: [] }
  const report = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : { notRun: 'there is no report of it' }
  if (report.notRun === undefined) return report
  skip(`all of ${file} (skipped: ${report.notRun})`, file)
  return none
}

function skip(fullName, file) {
  const [, reason] = /\(skipped: (.*?)\)(?= |$)/.exec(fullName) ?? []
  // A test that is left out in silence is one that nobody misses.
  if (reason === undefined) failed++
  const why = reason ?? `no reason is given, which counts as failed (${file})`
  const name = fullName.replace(/ \(skipped: .*?\)(?= |$)/, '')
  skipped.set(why, [...(skipped.get(why) ?? []), name])
}

for (const [why, names] of skipped)
  console.log(`skipped, since ${why}:\n${names.map((name) => `  ${name}`).join('\n')}`)
const count = [...skipped.values()].flat().length
console.log(`${passed} passed, ${failed} failed${count > 0 ? `, ${count} skipped` : ''}`)
process.exit(failed > 0 || passed === 0 ? 1 : 0)
