/**
 * The simulated world for protocol cores: virtual time, a faulty network, torn disks, crashes and pauses, all drawn from
 * one seed, and checkers for what came of it. Tests only; nothing here is fit for production.
 *
 * @packageDocumentation
 */
export { ActingMembers, type Standing } from './checkers/acting-members.ts'
export { Completion, type CompletionOptions } from './checkers/completion.ts'
export { InvariantViolation } from './checkers/invariant-violation.ts'
export { type HeldLease, LeaseTerms } from './checkers/lease-terms.ts'
export { MemoryBaseline, type Sizes } from './checkers/memory-baseline.ts'
export { type PrimaryClaim, PrimaryUniqueness, type PrimaryUniquenessOptions } from './checkers/primary-uniqueness.ts'
export { type ObservedView, ViewAgreement } from './checkers/view-agreement.ts'
export { Connectivity, type Isolation } from './connectivity.ts'
export type { Fault, Recording, TimedFault } from './fault.ts'
export { FaultInjector, replay } from './fault-injector.ts'
export {
  allFaultKinds,
  type DrawnFaults,
  type FaultKind,
  FaultPlan,
  type FaultPlanOptions,
  usualFaultKinds,
} from './fault-plan.ts'
export { faultText, parseDuration, parseFault, recordingText } from './fault-text.ts'
export {
  checkLinearizable,
  type LinearizabilityVerdict,
  type Operation,
  type SequentialModel,
} from './linearizability.ts'
export { freshPort, freshPorts } from './loopback-ports.ts'
export type { NetworkIdentity } from './network-host.ts'
export {
  type Bandwidth,
  type Delay,
  defaultNetworkOptions,
  type NetworkOptions,
  unlimitedBandwidth,
} from './network-options.ts'
export {
  type CompareAndSetInput,
  type CompareAndSetOutput,
  compareAndSetModel,
  type RegisterInput,
  type RegisterOutput,
  registerModel,
} from './register-models.ts'
export { runSeeds, SeedFailure, type SeedRun, seedsFrom } from './run-seeds.ts'
export { NotSettledError, type SafetyThenLiveness, safetyThenLiveness } from './safety-then-liveness.ts'
export { runScript, type ScriptCall, type ScriptCommand, type ScriptOptions } from './script.ts'
export { ScriptError } from './script-error.ts'
export { SeededRandom } from './seeded-random.ts'
export { type ShrinkOptions, type Shrunk, shrink } from './shrink.ts'
export type { ClockOptions, SimulatedMachineClock, Timeline } from './simulated-clock.ts'
export { type DiskOptions, defaultDiskOptions, type SimulatedDisk } from './simulated-disk.ts'
export { defaultLinkOptions, type LinkOptions } from './simulated-link.ts'
export type { SimulatedNetwork } from './simulated-network.ts'
export type { Dialled, NodeEnvironment, NodeOptions, NodeProcess, SimulatedNode } from './simulated-node.ts'
export type { Trace, TraceLine } from './trace.ts'
export type { Plane, Traffic } from './traffic.ts'
export { type RunLimits, World, type WorldOptions } from './world.ts'
