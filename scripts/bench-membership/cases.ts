// What `npm run bench:membership` measures, each case with its goals.
import { NetworkNamespaces } from '../../apps/node/src/e2e/network-namespaces.ts'
import { Group, type GroupOptions, nowMs, pause, type Quorum } from './group.ts'
import type { MemberProcess } from './member-process.ts'
import { RouterProcess } from './router-process.ts'
import type { Row } from './rows.ts'

export interface Run {
  readonly runs: number
  tell(text: string): void
}

type Case = (run: Run) => Promise<readonly Row[]>

const quorums: readonly Quorum[] = ['none', 'majority']
const settleMs = 150

/** A group for the time of `use`. */
async function withGroup<T>(size: number, options: GroupOptions, use: (group: Group) => Promise<T>): Promise<T> {
  const group = new Group(size, options)
  try {
    return await use(group)
  } finally {
    await group.end()
  }
}

/** Time for what a change leaves behind (links, second copies of views) to be over, before the next one is timed. */
const settle = () => pause(settleMs)

async function joinTime(group: Group, member: MemberProcess): Promise<number> {
  await settle()
  const before = group.members.filter(({ view }) => view)
  member.join()
  const atMs = await group.agreed([...before, member])
  return atMs - member.last('joining')!.atMs
}

async function leaveTime(group: Group, member: MemberProcess): Promise<number> {
  await settle()
  const others = group.others(member)
  member.leave()
  const atMs = await group.agreed(others)
  await group.until(
    () => member.last('left') !== undefined && member.last('left')!.atMs > member.last('leaving')!.atMs,
    'left',
  )
  return atMs - member.last('leaving')!.atMs
}

const alone: Case = async ({ runs }) => {
  const samples: number[] = []
  for (let run = 0; run < 2 * runs; run++) {
    await withGroup(3, { quorum: 'none' }, async (group) => {
      await group.ready(1)
      group.members[0]!.join()
      samples.push((await group.agreed(group.members)) - group.members[0]!.last('joining')!.atMs)
    })
  }
  return [{ name: 'first member alone (TCPPING, 2 others listed, none there)', goalMs: 500, jgroups: '2.1 s', samples }]
}

const joinsOf =
  (quorum: Quorum): Case =>
  async ({ runs, tell }) => {
    const sizes = [2, 3, 10]
    const smallest = quorum === 'majority' ? 4 : 2
    const of = () => new Map(sizes.map((size) => [size, [] as number[]]))
    const [first, warm, plain, coordinator] = [of(), of(), of(), of()]
    for (let run = 0; run < runs; run++) {
      tell(`run ${run + 1} of ${runs}`)
      await withGroup(10, { quorum, named: quorum === 'majority' ? 3 : 10 }, async (group) => {
        await group.ready(10)
        await group.joinAll(smallest - 1)
        for (let size = smallest; size <= 10; size++)
          first.get(size)?.push(await joinTime(group, group.members[size - 1]!))
        for (const size of [10, 3, 2]) {
          while (group.coordinator.view!.members.length > size) await leaveTime(group, group.plain)
          for (let turn = 0; turn < 3; turn++) {
            const { plain: last } = group
            plain.get(size)!.push(await leaveTime(group, last))
            warm.get(size)!.push(await joinTime(group, last))
            const { coordinator: head } = group
            coordinator.get(size)!.push(await leaveTime(group, head))
            warm.get(size)!.push(await joinTime(group, head))
          }
        }
      })
    }
    const jgroups = {
      join: ['72 ms', '110 ms', '78 ms'],
      plain: ['9 ms', '23 ms', '34 ms'],
      head: ['', '23 ms', '71 ms'],
    }
    const rows = (name: string, samples: Map<number, number[]>, goals: Partial<Row>, theirs: readonly string[]) =>
      sizes
        .filter((size) => samples.get(size)!.length > 0)
        .map((size) => {
          const their = theirs[sizes.indexOf(size)]!
          const jg = their === '' ? {} : { jgroups: their }
          return { name: `${name}, ${size} members, quorum ${quorum}`, ...goals, ...jg, samples: samples.get(size)! }
        })
    const joinGoal = { goalMs: 30, worstGoalMs: 100 }
    return [
      ...rows("a running process's first join (cold code)", first, joinGoal, jgroups.join),
      ...rows('a running process joins again', warm, joinGoal, jgroups.join),
      ...rows('a plain member leaves', plain, { goalMs: 10 }, jgroups.plain),
      ...rows('the coordinator leaves', coordinator, { goalMs: 10 }, jgroups.head),
    ]
  }

const together: Case = async ({ runs, tell }) => {
  const rows: Row[] = []
  for (const [named, quorum] of [
    [10, 'none'],
    [3, 'none'],
    [3, 'majority'],
  ] as const) {
    const samples: number[] = []
    for (let run = 0; run < runs; run++) {
      tell(`${named} addresses listed, quorum ${quorum}: run ${run + 1} of ${runs}`)
      await withGroup(10, { quorum, named }, async (group) => {
        for (let at = 0; at < 10; at++) group.start(at).joinWhenReady()
        const atMs = await group.agreed(group.members)
        // A process that was still starting has not begun to join.
        samples.push(atMs - Math.max(...group.members.map((member) => member.last('joining')!.atMs)))
      })
    }
    const jgroups = named === 3 ? '2.6 s to never' : undefined
    const name = `ten processes started at once, one view, ${named} addresses listed, quorum ${quorum}`
    rows.push({ name, goalMs: 2_000, ...(jgroups && { jgroups }), samples })
  }
  return rows
}

/** Ends members by a signal, and times the next view of the others. */
async function lossTimes(
  { runs, tell }: Run,
  size: number,
  options: GroupOptions,
  signal: 'SIGKILL' | 'SIGSTOP',
  who: 'plain' | 'coordinator',
): Promise<readonly number[]> {
  return withGroup(size, options, async (group) => {
    await group.formed(size)
    const samples: number[] = []
    for (let run = 0; run < runs; run++) {
      tell(`${signal} ${who}, ${size} members, quorum ${options.quorum}: run ${run + 1} of ${runs}`)
      await pause(1_000 + Math.random() * 500)
      const victim = group[who]
      const others = group.others(victim)
      const atMs = victim.signal(signal)
      samples.push((await group.agreed(others)) - atMs)
      await group.replace(victim)
    }
    return samples
  })
}

const kill: Case = async (run) => {
  const rows: Row[] = []
  for (const quorum of quorums)
    for (const size of [3, 10])
      for (const who of ['plain', 'coordinator'] as const) {
        const samples = await lossTimes(run, size, { quorum }, 'SIGKILL', who)
        const name = `kill -9 of ${who === 'plain' ? 'a plain member' : 'the coordinator'}, ${size} members, quorum ${quorum}`
        rows.push({ name, goalMs: 300, worstGoalMs: 300, jgroups: '1.6 to 3.0 s', samples })
      }
  return rows
}

const stop: Case = async (run) => {
  const rows: Row[] = []
  for (const quorum of quorums)
    for (const detect of ['default', 'fast'] as const)
      for (const who of ['plain', 'coordinator'] as const) {
        const samples = await lossTimes(run, 4, { quorum, detect }, 'SIGSTOP', who)
        const goalMs = detect === 'fast' ? 1_500 : 4_000
        const name = `SIGSTOP of ${who === 'plain' ? 'a plain member' : 'the coordinator'}, 4 members, quorum ${quorum}, detect ${detect}`
        rows.push({
          name,
          goalMs,
          worstGoalMs: goalMs,
          ...(detect === 'default' && { jgroups: '41 to 46 s' }),
          samples,
        })
      }
  return rows
}

const cut: Case = async ({ runs, tell }) => {
  const obstacle = NetworkNamespaces.obstacle()
  if (obstacle !== undefined) {
    tell(`skipped: this machine allows no network namespaces (${obstacle})`)
    return []
  }
  const rows: Row[] = []
  for (const quorum of quorums) {
    const [splits, heals]: [number[], number[]] = [[], []]
    for (let run = 0; run < Math.max(2, Math.ceil(runs / 2)); run++) {
      tell(`quorum ${quorum}: run ${run + 1}, twenty seconds cut`)
      const namespaces = new NetworkNamespaces(3)
      const hosts = namespaces.hosts.map(({ address }, at) => ({ address, prefix: namespaces.on(at) }))
      try {
        await withGroup(3, { quorum, hosts }, async (group) => {
          await group.formed(3)
          await settle()
          // The coordinator is cut off in every other run.
          const alone = run % 2 === 0 ? group.plain : group.coordinator
          const others = group.others(alone)
          const cutMs = nowMs()
          namespaces.cut(group.members.indexOf(alone))
          splits.push((await group.agreed(others)) - cutMs)
          await pause(20_000 - (nowMs() - cutMs))
          const mendMs = nowMs()
          namespaces.mend(group.members.indexOf(alone))
          heals.push((await group.agreed(group.members)) - mendMs)
        })
      } finally {
        namespaces.remove()
      }
    }
    rows.push({
      name: `three hosts, one cut off: view of the others, quorum ${quorum}`,
      goalMs: 4_000,
      jgroups: '41 to 46 s',
      samples: splits,
    })
    rows.push({
      name: `healed after 20 s: one view, quorum ${quorum}`,
      goalMs: 3_000,
      jgroups: '39 to 43 s',
      samples: heals,
    })
  }
  return rows
}

/** The first views with each way to find the others: nobody is there, and then one is. */
const discovery: Case = async ({ runs, tell }) => {
  const { DnsServer } = await import('../../packages/discovery/src/compliance/dns-server.testdata.ts')
  const router = new RouterProcess()
  const names = new DnsServer()
  await names.start()
  names.add('members.bench', { type: 'A', address: '127.0.0.1' })
  const loopback = { interface: '127.0.0.1' }
  const ways: Readonly<Record<string, NonNullable<GroupOptions['find']>>> = {
    tcpping: ({ ports }) => ({
      protocol: 'tcpping',
      settings: [{ hosts: ports.map((port) => `127.0.0.1:${port}`) }],
    }),
    ping: ({ name }) => ({ protocol: 'ping', settings: [{ group: name, multicast: loopback }] }),
    mping: ({ name }) => ({ protocol: 'mping', settings: [{ group: name, multicast: loopback }] }),
    tcpgossip: ({ name }) => ({ protocol: 'tcpgossip', settings: [{ group: name, routers: [router.address] }] }),
    dns: ({ ports }) => ({
      protocol: 'dns',
      settings: [{ query: 'members.bench', type: 'A', port: ports[0], server: names.address }],
    }),
  }
  const theirs: Readonly<Record<string, string>> = { tcpping: '2.1 s', tcpgossip: '2.1 s', ping: '1.1 s' }
  const rows: Row[] = []
  try {
    await router.ready
    for (const [way, find] of Object.entries(ways)) {
      tell(way)
      const [first, second]: [number[], number[]] = [[], []]
      for (let run = 0; run < runs; run++) {
        await withGroup(2, { quorum: 'none', find }, async (group) => {
          await group.ready(2)
          for (const [at, samples] of [first, second].entries()) samples.push(await joinTime(group, group.members[at]!))
        })
      }
      const their = theirs[way]
      rows.push({ name: `${way}: first member alone`, goalMs: 500, ...(their && { jgroups: their }), samples: first })
      rows.push({ name: `${way}: the second, a process's first join`, samples: second })
    }
  } finally {
    await names.stop()
    await router.end()
  }
  return rows
}

export const cases: Readonly<Record<string, Case>> = {
  alone,
  discovery,
  'joins-none': joinsOf('none'),
  'joins-majority': joinsOf('majority'),
  together,
  kill,
  stop,
  cut,
}
