/**
 * What `ring-linetool` makes of a ring, for programs of one's own: the check of a ring by rules, on the dumps of its nodes. The
 * tool itself is a command: see the README.
 *
 * @packageDocumentation
 */
export type { CheckResult, Verdict } from './core/check/check.ts'
export { checkRing, rules } from './core/check/check.ts'
export type { Finding, Rule, Severity } from './core/check/finding.ts'
export type { Question, Seed } from './core/ring/gathering.ts'
export { Gathering } from './core/ring/gathering.ts'
export type { NodeAddress } from './core/ring/node-address.ts'
export type { NodeAnswer, PictureNode, RingPicture } from './core/ring/picture.ts'
