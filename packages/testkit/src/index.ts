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
export {
  checkLinearizable,
  type LinearizabilityVerdict,
  type Operation,
  type SequentialModel,
} from './checking/linearizability.ts'
export {
  type CompareAndSetInput,
  type CompareAndSetOutput,
  compareAndSetModel,
  type RegisterInput,
  type RegisterOutput,
  registerModel,
} from './checking/register-models.ts'
export { runSeeds, SeedFailure, type SeedRun, seedsFrom } from './checking/run-seeds.ts'
export { NotSettledError, type SafetyThenLiveness, safetyThenLiveness } from './checking/safety-then-liveness.ts'
export type { Fault, Recording, TimedFault } from './fault/fault.ts'
export { FaultInjector, replay } from './fault/fault-injector.ts'
export {
  allFaultKinds,
  type DrawnFaults,
  type FaultKind,
  FaultPlan,
  type FaultPlanOptions,
  usualFaultKinds,
} from './fault/fault-plan.ts'
export { faultText, parseDuration, parseFault, recordingText } from './fault/fault-text.ts'
export { runScript, type ScriptCall, type ScriptCommand, type ScriptOptions } from './fault/script.ts'
export { ScriptError } from './fault/script-error.ts'
export { type ShrinkOptions, type Shrunk, shrink } from './fault/shrink.ts'
export { freshPort, freshPorts } from './loopback-ports.ts'
export { Connectivity, type Isolation } from './network/connectivity.ts'
export type { NetworkIdentity } from './network/network-host.ts'
export {
  type Bandwidth,
  type Delay,
  defaultNetworkOptions,
  type NetworkOptions,
  unlimitedBandwidth,
} from './network/network-options.ts'
export { defaultLinkOptions, type LinkOptions } from './network/simulated-link.ts'
export type { SimulatedNetwork } from './network/simulated-network.ts'
export type { Dialled, NodeEnvironment, NodeOptions, NodeProcess, SimulatedNode } from './network/simulated-node.ts'
export type { Plane, Traffic } from './network/traffic.ts'
export { type DiskOptions, defaultDiskOptions, type SimulatedDisk } from './simulated-disk.ts'
export { SeededRandom } from './time/seeded-random.ts'
export type { ClockOptions, SimulatedMachineClock, Timeline } from './time/simulated-clock.ts'
export type { Trace, TraceLine } from './trace.ts'
export { type RunLimits, World, type WorldOptions } from './world.ts'
