import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AgreedRing } from './agreed-ring.testdata.ts'
import type { ServiceOperation } from './operation.ts'
import { isPlacement } from './placement-state.ts'
import { statesOfDown, traitsOf } from './service-state.ts'

const names = (count: number) => Array.from({ length: count }, (_, at) => `s${at}`)

/** A ring of these in service, with data, by hand. */
function ringOf(count: number, settings: ConstructorParameters<typeof AgreedRing>[0] = {}): AgreedRing {
  const ring = new AgreedRing(settings)
  ring.come(...names(count))
  for (const server of names(count)) {
    ring.operate({ do: 'service-in', server })
    if (settings.automatic) finish(ring)
  }
  ring.operate({ do: 'merge' })
  ring.operate({ do: 'complete' })
  return ring
}

function finish(ring: AgreedRing): void {
  for (const server of ring.doing) ring.done(server)
  ring.operate({ do: 'complete' })
  if (ring.own?.merge?.closingAt !== undefined) ring.commit()
}

describe('the lifecycle by hand', () => {
  it('A8: SERVICEIN, MERGE, COMPMERGE: servers of an empty ring serve', () => {
    const ring = new AgreedRing()
    ring.come('a', 'b')
    expect(ring.states).toBe('a: out, b: out')
    expect(ring.operate({ do: 'service-in', server: 'a' })).toEqual({ ok: true, now: 'rest' })
    ring.operate({ do: 'service-in', server: 'b' })
    expect(ring.states).toBe('a: add-pending, b: add-pending')
    expect(ring.serving).toEqual([])
    expect(ring.operate({ do: 'complete' })).toEqual({ ok: false, why: 'not-done', servers: ['a', 'b'] })
    expect(ring.operate({ do: 'merge' })).toMatchObject({ ok: true, now: 'copying' })
    // Nobody holds anything that they could get.
    expect(ring.states).toBe('a: add-done, b: add-done')
    expect(ring.operate({ do: 'complete' })).toMatchObject({ ok: true, now: 'rest' })
    expect(ring.states).toBe('a: in, b: in')
    expect(ring.serving).toEqual(['a', 'b'])
  })

  it('A8, D4: every server that gets keys has to be done before COMPMERGE closes, and to be filled before it commits', () => {
    const ring = ringOf(3)
    ring.come('new')
    const before = ring.rows()
    ring.operate({ do: 'service-in', server: 'new' })
    ring.operate({ do: 'merge' })
    expect(ring.stateOf('new')).toBe('add-doing')
    expect(ring.operate({ do: 'complete' })).toMatchObject({ why: 'not-done', servers: ring.doing })
    for (const server of ring.doing) ring.done(server)
    expect(ring.rows()).toEqual(before)
    expect(ring.operate({ do: 'complete' })).toMatchObject({ ok: true, now: 'closing' })
    expect(ring.operate({ do: 'complete' })).toEqual({ ok: false, why: 'closing' })
    const { id: merge, closingAt, givers } = ring.own!.merge!
    const lives = (...all: string[]) => all.map((server) => ({ server, incarnation: ring.lifeOf(server) }))
    const half = { do: 'commit', merge, closingAt: closingAt!, closed: lives('s0'), filled: lives('new') } as const
    expect(ring.operate(half)).toMatchObject({
      ok: false,
      why: 'not-closed',
      servers: givers!.filter((one) => one !== 's0'),
    })
    expect(ring.rows()).toEqual(before)
    expect(ring.commit()).toMatchObject({ ok: true, now: 'rest' })
    expect(ring.states).toBe('new: in, s0: in, s1: in, s2: in')
    expect(ring.serving).toContain('new')
    expect(ring.lacking.size).toBe(0)
  })

  it('A8: SERVICEOUT, MERGE, COMPMERGE: the others take over, and it stays out until an operator says otherwise', () => {
    const ring = ringOf(3)
    ring.operate({ do: 'service-out', server: 's1' })
    expect(ring.stateOf('s1')).toBe('delete-pending')
    expect(ring.serving).toContain('s1')
    ring.operate({ do: 'merge' })
    // Those that serve on are the ones that get something.
    expect(ring.states).toBe('s0: gaining-doing, s1: delete-done held, s2: gaining-doing')
    finish(ring)
    expect(ring.states).toBe('s0: in, s1: out held, s2: in')
    expect(ring.serving).toEqual(['s0', 's2'])
  })

  it.each(['pending', 'doing', 'done', 'closing'])(
    'A8: ABORTMERGE while %s restores what was, and nothing starts it again',
    (when) => {
      const ring = ringOf(3)
      ring.come('new')
      const { table } = ring.own!
      ring.operate({ do: 'service-in', server: 'new' })
      ring.operate({ do: 'service-out', server: 's0' })
      if (when !== 'pending') ring.operate({ do: 'merge' })
      if (when === 'done' || when === 'closing') for (const server of ring.doing) ring.done(server)
      if (when === 'closing') ring.operate({ do: 'complete' })
      expect(ring.operate({ do: 'abort' })).toMatchObject({ ok: true, now: 'rest' })
      expect(ring.states).toMatch(/^new: out( held)?, s0: in, s1: in, s2: in$/)
      expect(ring.own!.table).toEqual(table)
      expect(ring.own!.target).toBeUndefined()
      expect(ring.operate({ do: 'abort' })).toEqual({ ok: false, why: 'no-merge' })
    },
  )

  it.each(['by an operator', 'by AUTOMERGE'])(
    'A9: five servers under suspension cost one merge, taken in %s',
    (who) => {
      const ring = ringOf(3, { automatic: true })
      ring.operate({ do: 'suspend' })
      const before = ring.rows()
      ring.come(...['n0', 'n1', 'n2', 'n3', 'n4'])
      for (const server of ['n0', 'n1', 'n2', 'n3', 'n4']) {
        const outcome = ring.operate({ do: 'service-in', server, auto: who === 'by AUTOMERGE' })
        expect(outcome).toEqual({ ok: true, now: 'rest' })
      }
      expect(ring.pending.length).toBe(5)
      expect(ring.operate({ do: 'resume' })).toMatchObject({ ok: true, now: 'copying' })
      const { id } = ring.own!.merge!
      for (const server of ring.doing) ring.done(server)
      expect(ring.own!.merge).toMatchObject({ id })
      ring.commit()
      expect(ring.own!.merge).toBeUndefined()
      const owners = ring.rows().map(([owner]) => owner)
      const moved = owners.filter((owner, partition) => owner !== before[partition]![0])
      // What stays among the three has not moved at all.
      expect(new Set(moved)).toEqual(new Set(['n0', 'n1', 'n2', 'n3', 'n4']))
      expect(moved.length).toBe((24 / 8) * 5)
    },
  )

  it('A7: a dead server is taken out from anywhere, and comes in again as one that has to be filled', () => {
    const ring = ringOf(3)
    ring.go('s2')
    expect(ring.states).toBe('s0: in, s1: in, s2: in')
    expect(ring.serving).toEqual(['s0', 's1'])
    expect(ring.operate({ do: 'service-in', server: 's2' })).toEqual({ ok: false, why: 'down', servers: ['s2'] })
    expect(ring.operate({ do: 'service-out', server: 's2' })).toMatchObject({ ok: true })
    expect(ring.operate({ do: 'service-out', server: 's2' })).toEqual({
      ok: false,
      why: 'already-going',
      servers: ['s2'],
    })
    ring.operate({ do: 'merge' })
    finish(ring)
    expect(ring.states).toMatch(/^s0: in, s1: in(, s2: out held)?$/)
    expect(ring.lacking.size).toBe(0)
    expect(ring.rows().every((row) => row.length === 2)).toBe(true)
  })

  it('D2: a life that returns is filled through a fence by itself, unless merging is suspended', () => {
    const ring = ringOf(3)
    ring.come('s2')
    expect(ring.stateOf('s2')).toBe('returning-doing')
    expect(ring.serving).toEqual(['s0', 's1'])
    ring.done('s2')
    expect(ring.own!.merge!.closingAt).toBeDefined()
    ring.commit()
    expect(ring.states).toBe('s0: in, s1: in, s2: in')
    expect(ring.serving).toEqual(['s0', 's1', 's2'])

    ring.operate({ do: 'suspend' })
    ring.come('s1')
    expect(ring.stateOf('s1')).toBe('returning-pending')
    ring.operate({ do: 'resume' })
    expect(ring.stateOf('s1')).toBe('returning-doing')
  })

  it('D6: a death while data is copied says anew who is to hold what, and the merge goes on', () => {
    const ring = ringOf(4)
    ring.come('new')
    ring.operate({ do: 'service-in', server: 'new' })
    ring.operate({ do: 'merge' })
    const { id, plannedAt } = ring.own!.merge!
    for (const server of ring.doing) ring.done(server)
    ring.go('s3')
    expect(ring.own!.merge).toMatchObject({ id })
    expect(
      ring.operate({ do: 'done', merge: id, plannedAt: plannedAt - 1, server: 'new', incarnation: 1 }),
    ).toMatchObject({ ok: false })
    finish(ring)
    expect(ring.own!.merge).toBeUndefined()
    expect(ring.stateOf('new')).toBe('in')
  })

  it('D4: an owner that dies before it closed: the fence cannot be committed and is opened; once it had closed, it can', () => {
    for (const hadClosed of [false, true]) {
      const ring = ringOf(3, { replicas: 0 })
      ring.come('new')
      ring.operate({ do: 'service-in', server: 'new' })
      ring.operate({ do: 'merge' })
      for (const server of ring.doing) ring.done(server)
      ring.operate({ do: 'complete' })
      const { id: merge, closingAt = 0 } = ring.own!.merge!
      const said = (server: string) => ({ server, incarnation: ring.lifeOf(server) })
      const closed = ['s0', 's1', ...(hadClosed ? ['s2'] : [])].map(said)
      ring.go('s2')
      const filled = [said('new')]
      const outcome = ring.operate({ do: 'commit', merge, closingAt, closed, filled })
      if (hadClosed) expect(outcome).toMatchObject({ ok: true, now: 'rest' })
      else {
        expect(outcome).toEqual({ ok: false, why: 'not-closed', servers: ['s2'] })
        expect(ring.operate({ do: 'open', merge, closingAt })).toMatchObject({ ok: true, now: 'copying' })
        finish(ring)
        expect(ring.own!.merge).toBeUndefined()
      }
      expect(ring.stateOf('new')).toBe('in')
    }
  })

  it('A7: of two servers one dies: the other serves what it holds, and the dead one can be taken out', () => {
    const ring = ringOf(2)
    ring.go('s1')
    expect(ring.rows().every((row) => row.join() === 's0')).toBe(true)
    expect(ring.operate({ do: 'service-out', server: 's0' })).toMatchObject({ ok: true })
    expect(ring.operate({ do: 'service-out', server: 's1' })).toEqual({
      ok: false,
      why: 'last-server',
      servers: ['s1'],
    })
    ring.operate({ do: 'service-in', server: 's0' })
    ring.operate({ do: 'service-out', server: 's1' })
    ring.operate({ do: 'merge' })
    finish(ring)
    expect(ring.serving).toEqual(['s0'])
  })

  it.each<[string, ServiceOperation, object]>([
    ['an unknown server', { do: 'service-out', server: 'stranger' }, { why: 'unknown-server', servers: ['stranger'] }],
    ['a server that is in', { do: 'service-in', server: 's0' }, { why: 'already-in' }],
    ['nothing to merge', { do: 'merge' }, { why: 'nothing-to-merge' }],
    ['no merge', { do: 'complete' }, { why: 'no-merge' }],
    ['another merge', { do: 'abort', merge: 'of-then' }, { why: 'other-merge' }],
    ['not suspended', { do: 'resume' }, { why: 'not-suspended' }],
  ])('refuses with a reason and changes nothing: %s', (_, body, why) => {
    const ring = ringOf(2)
    const { own } = ring
    expect(ring.operate(body)).toMatchObject({ ok: false, ...why })
    expect(ring.own).toBe(own)
  })

  it.each([
    null,
    5,
    {},
    { do: 'dance' },
    { do: 'service-in' },
    { do: 'service-in', server: '' },
    { do: 'commit', merge: 'x' },
  ])('S3: takes no operation that does not fit: %j', (body) => {
    const ring = ringOf(2)
    const { own } = ring
    expect(ring.operate(body as never)).toEqual({ ok: false, why: 'invalid' })
    expect(ring.own).toBe(own)
  })
})

describe('the lifecycle by itself', () => {
  it('A9: AUTOMERGE without data takes in who comes, and out who goes, in the same commit', () => {
    const ring = new AgreedRing({ automatic: true, movesData: false })
    ring.come('a')
    ring.come('b', 'c')
    expect(ring.states).toBe('a: in, b: in, c: in')
    ring.go('b')
    expect(ring.states).toBe('a: in, c: in')
    expect(ring.own!.target).toBeUndefined()
    ring.operate({ do: 'service-out', server: 'c' })
    expect(ring.states).toBe('a: in, c: out held')
    ring.come('c')
    expect(ring.states).toBe('a: in, c: out held')
  })

  it('A9: SUSPENDMERGE holds it back for those that come later too, NOSUSPENDMERGE catches up', () => {
    const ring = new AgreedRing({ automatic: true, movesData: false })
    ring.come('a', 'b')
    ring.operate({ do: 'suspend' })
    ring.come('c')
    ring.go('b')
    expect(ring.states).toBe('a: in, b: in, c: out')
    ring.operate({ do: 'resume' })
    expect(ring.states).toBe('a: in, c: in')
  })

  it('A8: AUTOMERGE does not start again what was aborted', () => {
    const ring = ringOf(3, { automatic: true })
    ring.come('new')
    ring.operate({ do: 'service-in', server: 'new', auto: true })
    expect(ring.own!.merge).toBeDefined()
    ring.operate({ do: 'abort' })
    expect(ring.states).toBe('new: out held, s0: in, s1: in, s2: in')
    expect(ring.operate({ do: 'service-in', server: 'new', auto: true })).toEqual({
      ok: false,
      why: 'held',
      servers: ['new'],
    })
    expect(ring.own!.merge).toBeUndefined()
    expect(ring.operate({ do: 'service-in', server: 'new' })).toMatchObject({ ok: true, now: 'copying' })
  })
})

type Step =
  | {
      readonly kind: 'come' | 'go' | 'done' | 'emptied' | 'service-in' | 'service-out'
      readonly server: string
      readonly auto: boolean
    }
  | { readonly kind: 'merge' | 'complete' | 'abort' | 'suspend' | 'resume' | 'commit' | 'open' }

const servers = names(6)
const steps = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constantFrom('come', 'go', 'done', 'emptied', 'service-in', 'service-out'),
      server: fc.constantFrom(...servers),
      auto: fc.boolean(),
    }),
    fc.record({ kind: fc.constantFrom('merge', 'complete', 'abort', 'suspend', 'resume', 'commit', 'open') }),
  ),
  { maxLength: 60 },
) as fc.Arbitrary<Step[]>

function take(ring: AgreedRing, step: Step): void {
  const { id: merge = '', closingAt = 0 } = ring.own?.merge ?? {}
  switch (step.kind) {
    case 'come':
      return ring.come(step.server)
    case 'go':
      return ring.isUp(step.server) ? ring.go(step.server) : undefined
    case 'done':
      ring.done(step.server)
      return
    case 'emptied':
      ring.operate({ do: 'emptied', server: step.server, incarnation: ring.lifeOf(step.server) })
      return
    case 'service-in':
    case 'service-out':
      ring.operate({ do: step.kind, server: step.server, auto: step.auto })
      return
    case 'commit':
      ring.commit()
      return
    case 'open':
      ring.operate({ do: 'open', merge, closingAt })
      return
    default:
      ring.operate({ do: step.kind })
  }
}

/** What must be true of any record. */
function check(ring: AgreedRing): void {
  const own = ring.own!
  expect(isPlacement(own)).toBe(true)
  for (const [name, { is }] of Object.entries(own.services ?? {})) {
    if (!ring.isUp(name)) expect(statesOfDown).toContain(is)
    // Nobody is in a merge that is not, and nobody is left behind in one: "stuck in DONE" cannot be.
    const { progress } = traitsOf(is)
    if (progress === 'doing' || progress === 'done') expect(own.merge, `${name} is ${is}`).toBeDefined()
  }
  for (const row of ring.rows()) {
    // M1: who is gone is in a row only where nobody else holds it.
    if (row.length > 1) for (const name of row) expect(ring.isUp(name), `${name} in ${row.join()}`).toBe(true)
    expect(row.length).toBeGreaterThan(0)
  }
}

interface Before {
  readonly rows: readonly (readonly string[])[]
  readonly lives: ReadonlyMap<string, number>
}

/** D1, D2: but for a commit, who is named by a row was named before, in this life, where anybody who lives was. */
function checkHoldings(ring: AgreedRing, { rows, lives }: Before): void {
  for (const [partition, row] of ring.rows().entries()) {
    const living = rows[partition]!.filter((name) => ring.isUp(name) && ring.lifeOf(name) === lives.get(name))
    if (living.length > 0)
      for (const name of row) expect(living, `${name} in ${partition} was not filled`).toContain(name)
  }
}

describe('whatever happens', () => {
  for (const automatic of [false, true]) {
    for (const placement of ['ring', 'chmpx'] as const) {
      it(`A8, M1, D2: nothing is agreed that cannot be, and nothing is stuck (AUTOMERGE ${automatic}, ${placement})`, () => {
        fc.assert(
          fc.property(
            steps,
            fc.constantFrom(0, 1, 2),
            fc.constantFrom(0, 30_000),
            (all, replicas, rebalanceDelayMs) => {
              const ring = new AgreedRing({ automatic, replicas, placement, rebalanceDelayMs, partitions: 12 })
              ring.come('s0', 's1')
              for (const step of all) {
                const before = { rows: ring.rows(), lives: new Map(servers.map((name) => [name, ring.lifeOf(name)])) }
                take(ring, step)
                check(ring)
                const isSame = ring.own!.table.partitions === before.rows.length
                if (isSame && step.kind !== 'commit') checkHoldings(ring, before)
              }
              // With all nodes doing their part and an operator who says COMPMERGE, each merge ends.
              if (ring.own!.suspended) ring.operate({ do: 'resume' })
              for (let round = 0; round < 6 && ring.own!.merge; round++) finish(ring)
              check(ring)
              expect(ring.own!.merge).toBeUndefined()
              expect(ring.doing).toEqual([])
            },
          ),
          { numRuns: 300 },
        )
      })
    }
  }
})
