import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { RingNode } from '../node.ts'
import { type DaemonCounts, type MetricDefinition, metricDefinitions } from './metric-definitions.ts'

/** What `/metrics` shows: Ring's own, and the process's as prom-client has them. Values are read when somebody asks. */
export function nodeMetrics(node: RingNode, version: string, daemon: DaemonCounts): Registry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 100 })
  new Gauge({
    name: 'ring_build_info',
    help: 'Always 1; the labels say what runs here.',
    labelNames: ['version', 'node', 'role'],
    registers: [registry],
  }).set({ version, node: node.name, role: node.role }, 1)
  for (const definition of metricDefinitions) register(registry, definition, { node, daemon })
  for (const metric of node.partMetrics) register(registry, { ...metric, read: () => metric.read() }, { node, daemon })
  return registry
}

function register(
  registry: Registry,
  { name, help, kind, label, read }: MetricDefinition,
  { node, daemon }: { readonly node: RingNode; readonly daemon: DaemonCounts },
): void {
  const options = { name, help, labelNames: label === undefined ? [] : [label], registers: [registry] }
  const numbers = (): readonly [Record<string, string>, number][] => {
    const value = read(node, daemon)
    if (typeof value === 'number') return [[{}, value]]
    return Object.entries(value).map(([of, number]) => [{ [label ?? 'of']: of }, number])
  }
  if (kind === 'gauge') {
    new Gauge({
      ...options,
      collect() {
        this.reset()
        for (const [labels, number] of numbers()) this.set(labels, number)
      },
    })
  } else {
    new Counter({
      ...options,
      collect() {
        this.reset()
        for (const [labels, number] of numbers()) this.inc(labels, number)
      },
    })
  }
}
