import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ViewChange } from '@ring/gms'
import { describe, expect, it } from 'vitest'
import type { RingNode } from '../node.ts'
import { MembershipCounts } from '../running/membership-counts.ts'
import { EventCounts } from './event-counts.ts'
import { metricDefinitions } from './metric-definitions.ts'

const root = fileURLToPath(new URL('../../../../', import.meta.url))

/** docs/metrics.md as the definitions have it. */
function page(): string {
  const rows = metricDefinitions.map(
    ({ name, kind, label, help }) => `| \`${name}\` | ${kind} | ${label ?? ''} | ${help} |`,
  )
  return `# Metrics

What a node shows at \`/metrics\` on its \`HTTPPORT\`, for Prometheus. This page is made from
\`apps/node/src/observe/metric-definitions.ts\`; \`npm test -- apps/node/src/observe/metrics.test.ts -u\` writes it again.

| name | kind | label | meaning |
|---|---|---|---|
| \`ring_build_info\` | gauge | version, node, role | Always 1; the labels say what runs here. |
${rows.join('\n')}

Beside these stand the figures of the process itself, as the prom-client package names them: \`process_cpu_seconds_total\`,
\`process_resident_memory_bytes\`, \`process_open_fds\`, \`nodejs_eventloop_lag_p99_seconds\`, \`nodejs_heap_size_used_bytes\` and
others. Counters begin with the process. Alerts made of these, each with a page that says what to do:
[runbooks](runbooks/README.md).
`
}

/** Every \`event: '...'\` of the code that runs in a node. */
function eventsInSource(): ReadonlySet<string> {
  const folders = ['apps/node/src', ...readdirSync(join(root, 'packages')).map((name) => `packages/${name}/src`)]
  const files = folders.flatMap((folder) =>
    (readdirSync(join(root, folder), { recursive: true }) as string[]).map((file) => join(root, folder, file)),
  )
  const texts = files
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => readFileSync(file, 'utf8'))
  return new Set(
    texts.flatMap((text) => [...text.matchAll(/\bevent(?:: | = .*?)'([a-z]+\.[a-z-]+)'/g)].map(([, event]) => event!)),
  )
}

describe('F3: what a node shows of itself', () => {
  it('is written down: metrics', async () => {
    await expect(page()).toMatchFileSnapshot(join(root, 'docs', 'metrics.md'))
  })

  it('is written down: log events', () => {
    const operations = readFileSync(join(root, 'docs', 'operations.md'), 'utf8')
    const events = [...eventsInSource()]
    expect(events.length).toBeGreaterThan(15)
    expect(events.filter((event) => !operations.includes(`\`${event}\``))).toEqual([])
  })

  it('has names as Prometheus wants them', () => {
    for (const { name, kind } of metricDefinitions) {
      expect(name).toMatch(/^ring_[a-z_]+$/)
      expect(name.endsWith('_total')).toBe(kind === 'counter')
    }
  })

  it('counts log events on their way, and passes them on', () => {
    const lines: string[] = []
    const write = (_fields: object, message: string) => lines.push(message)
    const counting = new EventCounts({ debug: write, info: write, warn: write, error: write })
    counting.info({ event: 'a.b' }, 'one')
    counting.debug({ event: 'a.b' }, 'two')
    counting.warn({ event: 'c.d' }, 'three')
    expect(lines).toEqual(['one', 'two', 'three'])
    expect(counting.counts).toEqual({ 'a.b': 2, 'c.d': 1 })
  })
})

describe('M7: ring_primary', () => {
  const { read } = metricDefinitions.find(({ name }) => name === 'ring_primary')!
  const of = (role: string, quorum: string, group: object) =>
    read({ role, settings: { ring: { quorum } }, status: { group } } as unknown as RingNode, { lostLogLines: () => 0 })

  it('is 1 under a lease, and says nothing where nobody can be primary', () => {
    const member = { phase: 'member', nonPrimary: false, missing: [] }
    expect(of('server', 'majority', { ...member, primary: true })).toEqual({ majority: 1 })
    expect(of('server', 'majority', { ...member, primary: false })).toEqual({ majority: 0 })
    expect(of('server', 'majority', { phase: 'discovering', waitingFor: [] })).toEqual({ majority: 0 })
    expect(of('server', 'none', { ...member, primary: false })).toEqual({})
    expect(of('slave', 'majority', { ...member, primary: false })).toEqual({})
  })
})

describe('F3: what happens to the group', () => {
  it('is counted: views, who went and why, suspicions and not their end, merges', () => {
    const counts = new MembershipCounts()
    const left = (why: string) => ({ joined: [], updated: [], left: [{ member: {}, why }] }) as unknown as ViewChange
    for (const why of ['left', 'failed', 'failed']) counts.viewed(left(why))
    counts.suspected(true)
    counts.suspected(false)
    counts.merged()
    const { views, suspicions, merges, departures } = counts
    expect({ views, suspicions, merges }).toEqual({ views: 3, suspicions: 1, merges: 1 })
    expect(departures).toEqual({ left: 1, failed: 2 })
  })
})
