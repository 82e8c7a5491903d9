/**
 * One typed configuration from an INI file, a YAML file, a JSON file or a JSON string: the same content gives the same
 * frozen result, and all mistakes are told at once with their lines. Packages define their own sections.
 *
 * @packageDocumentation
 */
export type { ConfigurationContent, ContentValue, GlobalContent, SectionContent } from './content.ts'
export { sourceFromContent } from './content.ts'
export type { ConvertOptions } from './convert.ts'
export { convertConfiguration } from './convert.ts'
export type { ConfigurationKeyChange } from './core/changes.ts'
export { configurationChanges } from './core/changes.ts'
export type { ConfigurationOrigin } from './core/configuration.ts'
export { Configuration } from './core/configuration.ts'
export type { EffectiveSection, EffectiveValue } from './core/effective.ts'
export { effectiveValues } from './core/effective.ts'
export { ConfigurationError, SectionNotLoadedError } from './core/error.ts'
export type { Issue, Location, Severity } from './core/issue.ts'
export { formatIssue } from './core/issue.ts'
export type { Endpoint } from './core/nodes/endpoint.ts'
export type {
  KeyPair,
  ServerNode,
  ServerTls,
  SlaveCandidate,
  SlaveNode,
  SlaveTls,
  UnlistedNode,
} from './core/nodes/nodes.ts'
export { slaveAllows, unlistedServer, unlistedSlave } from './core/nodes/nodes.ts'
export type { SelfHints, SelfNode } from './core/nodes/self-node.ts'
export { selfNode } from './core/nodes/self-node.ts'
export type {
  ChoiceOptions,
  Field,
  FieldOptions,
  FieldValue,
  IntegerOptions,
  PathOptions,
  TextOptions,
} from './core/sections/field.ts'
export { choice, integer, path, port, text, yesNo } from './core/sections/field.ts'
export type { GlobalSettings } from './core/sections/global-section.ts'
export { globalSection } from './core/sections/global-section.ts'
export type { ListOptions } from './core/sections/list-field.ts'
export { choiceList, list } from './core/sections/list-field.ts'
export type { MeasureOptions } from './core/sections/measure-field.ts'
export { durationMs, sizeBytes } from './core/sections/measure-field.ts'
export type { AnySection, Section, SectionFields, SectionOptions, SectionValues } from './core/sections/section.ts'
export { defineSection } from './core/sections/section.ts'
export { allSections, sectionReaders } from './core/sections/section-list.ts'
export { serverSection } from './core/sections/server-section.ts'
export { slaveSection } from './core/sections/slave-section.ts'
export type { ChmpxTextOptions } from './core/text/chmpx-text.ts'
export { chmpxText } from './core/text/chmpx-text.ts'
export type { Rewritten } from './core/text/rewrite.ts'
export type { ZonedDate } from './core/text/rfc2822-date.ts'
export type { Syntax } from './core/text/syntax.ts'
export type { LoadOptions } from './load.ts'
export { loadConfiguration } from './load.ts'
export type { OwnHostsOptions, Resolve } from './own-hosts.ts'
export { ownHosts } from './own-hosts.ts'
export type { ConfigurationSource } from './source.ts'
export { sourceFromArgument, sourceFromEnvironment } from './source.ts'
export type { ConfigurationWatch, WatchClock, WatchEvents, WatchOptions } from './watch.ts'
export { watchConfiguration } from './watch.ts'
