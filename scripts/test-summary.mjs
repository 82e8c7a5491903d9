// Prints "N passed, N failed" from vitest's JSON report, and fails when a test failed or none ran.
import { existsSync, readFileSync } from 'node:fs'

const file = process.argv[2] ?? 'out/tests.json'
if (!existsSync(file)) {
  console.error(`No test report at ${file}: the test run did not finish.`)
  console.log('0 passed, 1 failed')
  process.exit(1)
}
const report = JSON.parse(readFileSync(file, 'utf8'))
const brokenFiles = report.testResults.filter(
  (result) => result.status === 'failed' && result.assertionResults.length === 0,
).length
const failed = report.numFailedTests + brokenFiles
const skipped = report.numPendingTests > 0 ? `, ${report.numPendingTests} skipped` : ''
console.log(`${report.numPassedTests} passed, ${failed} failed${skipped}`)
process.exit(failed > 0 || report.numPassedTests === 0 ? 1 : 0)
