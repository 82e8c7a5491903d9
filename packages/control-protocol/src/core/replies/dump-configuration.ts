import type { DumpedConfiguration, IdType } from '../status/node-dump.ts'
import { harmless } from './harmless.ts'
import { type TextBlock, valueIn } from './text-blocks.ts'
import { countOfText, yesNo } from './values.ts'

type CountKey = {
  [Key in keyof DumpedConfiguration]: DumpedConfiguration[Key] extends number ? Key : never
}[keyof DumpedConfiguration]

/** The counts between the flags and the queues, in the order of the lines. */
const threadCounts = [
  ['socket thread count', 'socketThreads'],
  ['MQ thread count', 'queueThreads'],
  ['max_mqueue', 'queuesMax'],
  ['chmpx_mqueue', 'chmpxQueues'],
  ['max_q_per_chmpxmq', 'queueDepthOfChmpx'],
  ['max_q_per_cltmq', 'queueDepthOfClient'],
  ['max_mq_per_client', 'queuesPerClientMax'],
  ['mq_per_attach', 'queuesPerAttach'],
] as const satisfies readonly (readonly [string, CountKey])[]
const timeCounts = [
  ['Max socket pool', 'socketPoolMax'],
  ['sock pool timeout', 'socketPoolTimeoutSeconds'],
  ['sock retry count', 'socketRetries'],
  ['sock timeout', 'socketTimeoutMicroseconds'],
  ['connect timeout', 'connectTimeoutMicroseconds'],
  ['MQ retry count', 'queueRetries'],
  ['MQ timeout', 'queueTimeoutMicroseconds'],
  ['merge timeout', 'mergeTimeoutSeconds'],
] as const satisfies readonly (readonly [string, CountKey])[]
const managedCounts = [
  ['cfg_revision', 'revision'],
  ['cfg_date', 'date'],
  ['replica_count', 'replicas'],
  ['chmpx_count', 'nodesMax'],
] as const satisfies readonly (readonly [string, CountKey])[]
const endCounts = [['history log count', 'traceEntriesMax']] as const satisfies readonly (readonly [string, CountKey])[]
const idTypes: readonly IdType[] = ['name', 'cuk', 'control endpoints', 'custom']

/** The part of the configuration that stands above the queues. */
export function dumpedConfigurationLines(
  configuration: DumpedConfiguration,
  isSuspended: boolean,
): readonly (readonly [string, string])[] {
  const count = ([label, key]: readonly [string, CountKey]) => [label, String(configuration[key])] as const
  return [
    ['chmpxid_type', configuration.idType],
    ['is_random_deliver', String(configuration.isRandomDelivery)],
    ['automerge in conf', yesNo(configuration.autoMerge)],
    ['suspend automerge', yesNo(isSuspended)],
    ['domerge in conf', yesNo(configuration.doMerge)],
    ['SSL/TLS min version', harmless(configuration.tlsMinVersion)],
    // A database of certificates that holds private keys too: where it lies is nobody's business.
    ['NSSDB dir path', ''],
    ...threadCounts.map(count),
    ['mq_ack', String(configuration.queueAcknowledged)],
    ...timeCounts.map(count),
  ]
}

/** @param managed the block `chmpx_man` */
export function configurationFrom(root: TextBlock, managed: TextBlock): DumpedConfiguration {
  const counts = (block: TextBlock, keys: readonly (readonly [string, CountKey])[]) =>
    Object.fromEntries(keys.map(([label, key]) => [key, countOfText(valueIn(block, label))]))
  const idType = valueIn(root, 'chmpxid_type')
  return {
    ...(counts(managed, managedCounts) as Pick<DumpedConfiguration, (typeof managedCounts)[number][1]>),
    ...(counts(root, threadCounts) as Pick<DumpedConfiguration, (typeof threadCounts)[number][1]>),
    ...(counts(root, timeCounts) as Pick<DumpedConfiguration, (typeof timeCounts)[number][1]>),
    ...(counts(root, endCounts) as Pick<DumpedConfiguration, (typeof endCounts)[number][1]>),
    idType: idTypes.find((one) => one === idType) ?? 'name',
    isRandomDelivery: valueIn(root, 'is_random_deliver') === 'true',
    autoMerge: valueIn(root, 'automerge in conf') === 'yes',
    doMerge: valueIn(root, 'domerge in conf') === 'yes',
    tlsMinVersion: valueIn(root, 'SSL/TLS min version'),
    queueAcknowledged: valueIn(root, 'mq_ack') === 'true',
    messageStore: {
      fullMap: valueIn(root, 'k2hash full map') === 'yes',
      maskBits: countOfText(valueIn(root, 'init k2h mask bit')),
      collisionMaskBits: countOfText(valueIn(root, 'init k2h cmask bit')),
      elementsMax: countOfText(valueIn(root, 'k2hash max element')),
    },
  }
}
