/**
 * A test suite for implementations of `DiscoveryProtocol`, Ring's own and a user's: {@link discoveryCompliance}. It works
 * with any test runner that has `describe` and `it`, and needs none itself.
 *
 * @packageDocumentation
 */
import type { ComplianceOptions, TestRunner } from './compliance/compliance-options.ts'
import { suiteOf } from './compliance/suite.ts'

export type {
  ComplianceMedium,
  ComplianceOptions,
  ComplianceParticipant,
  TestRunner,
} from './compliance/compliance-options.ts'

/** Defines the suite for one implementation. Sockets are real and on loopback; a test takes some seconds at most. */
export function discoveryCompliance({ describe, it }: TestRunner, options: ComplianceOptions): void {
  describe(`discovery compliance: ${options.name}`, () => {
    for (const [title, test] of Object.entries(suiteOf(options))) it(`B1: ${options.name}: ${title}`, test)
  })
}
