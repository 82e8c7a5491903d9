import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { RingNode } from './node.ts'

/**
 * What `/metrics` shows. Names, help and labels stand here and nowhere else; values are read when somebody asks.
 */
export function nodeMetrics(node: RingNode, version: string): Registry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 100 })
  new Gauge({
    name: 'ring_build_info',
    help: 'Always 1; the labels say what runs here.',
    labelNames: ['version', 'node', 'role'],
    registers: [registry],
  }).set({ version, node: node.name, role: node.role }, 1)
  gauge(registry, 'ring_ready', 'Whether this node takes requests (1) or not (0).', () => (node.isReady ? 1 : 0))
  gauge(registry, 'ring_members', 'Servers in the view.', () => node.status.record?.view.members.length ?? 0)
  gauge(registry, 'ring_view_version', 'Version of the committed record.', () => node.status.record?.version ?? 0)
  gauge(registry, 'ring_programs', 'Programs attached to this node.', () => node.status.programs.length)
  counter(registry, 'ring_requests_total', 'Requests and one-way messages passed on.', () => node.counters.requests)
  counter(registry, 'ring_answers_total', 'Answers passed back.', () => node.counters.answers)
  counter(
    registry,
    'ring_received_bytes_total',
    'Bytes of frames received on data and program links.',
    () => node.counters.bytesIn,
  )
  counter(
    registry,
    'ring_stale_answers_total',
    'Answers dropped because their exchange was over.',
    () => node.counters.staleAnswers,
  )
  counter(
    registry,
    'ring_link_violations_total',
    'Links closed because the peer broke a bound or a rule.',
    () => node.counters.violations,
  )
  refused(registry, node)
  return registry
}

function gauge(registry: Registry, name: string, help: string, read: () => number): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(read())
    },
  })
}

function counter(registry: Registry, name: string, help: string, read: () => number): void {
  new Counter({
    name,
    help,
    registers: [registry],
    collect() {
      this.reset()
      this.inc(read())
    },
  })
}

function refused(registry: Registry, node: RingNode): void {
  new Counter({
    name: 'ring_refused_total',
    help: 'Exchanges ended by this node with a failure, by reason.',
    labelNames: ['reason'],
    registers: [registry],
    collect() {
      this.reset()
      for (const [reason, count] of Object.entries<number>({ ...node.counters.refused })) this.inc({ reason }, count)
    },
  })
}
