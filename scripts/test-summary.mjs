// Prints "N passed, N failed" from vitest's JSON reports, all together, and fails when a test failed or none ran.
//   node scripts/test-summary.mjs REPORT.json [ANOTHER.json ...]   the others may be missing: what they tell of was skipped
import { existsSync, readFileSync } from 'node:fs'

const [first = 'out/tests.json', ...others] = process.argv.slice(2)
if (!existsSync(first)) {
  console.error(`No test report at ${first}: the test run did not finish.`)
  console.log('0 passed, 1 failed')
  process.exit(1)
}

let [passed, failed, skipped] = [0, 0, 0]
for (const file of [first, ...others.filter((other) => existsSync(other))]) {
  const report = JSON.parse(readFileSync(file, 'utf8'))
  passed += report.numPassedTests
  skipped += report.numPendingTests
  failed += report.numFailedTests
  failed += report.testResults.filter((one) => one.status === 'failed' && one.assertionResults.length === 0).length
}
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
process.exit(failed > 0 || passed === 0 ? 1 : 0)
