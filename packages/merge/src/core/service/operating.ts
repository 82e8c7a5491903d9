import type { Lifecycle } from './lifecycle.ts'
import type { ServiceFailure, ServiceOperation, ServiceOutcome } from './operation.ts'
import { traitsOf } from './service-state.ts'
import { doingOf, finish, mergeIdOf, pendingOf, settle } from './settling.ts'
import { refusalOf } from './transitions.ts'

type Refusal = Extract<ServiceOutcome, { readonly ok: false }>

/** Does what is wanted, and what follows from it by itself. */
export function operate(all: Lifecycle, wanted: ServiceOperation): ServiceOutcome {
  const before = all.merge?.id
  const refusal = attempt(all, wanted)
  if (refusal) return refusal
  settle(all)
  const { merge } = all
  const now = merge === undefined ? 'rest' : merge.closingAt === undefined ? 'copying' : 'closing'
  const id = merge?.id ?? before
  return { ok: true, now, ...(id !== undefined && { merge: id }) }
}

function attempt(all: Lifecycle, wanted: ServiceOperation): Refusal | undefined {
  switch (wanted.do) {
    case 'service-in':
      return serviceIn(all, wanted)
    case 'service-out':
      return serviceOut(all, wanted)
    case 'merge':
      return begin(all)
    case 'complete':
      return complete(all, wanted)
    case 'abort':
      return abort(all, wanted)
    case 'suspend':
      return suspend(all)
    case 'resume':
      return resume(all)
    case 'done':
      return done(all, wanted)
    case 'commit':
      return commit(all, wanted)
    case 'open':
      return open(all, wanted)
    case 'emptied':
      return emptied(all, wanted)
  }
}

type Wanted<Do extends ServiceOperation['do']> = Extract<ServiceOperation, { readonly do: Do }>

function serviceIn(all: Lifecycle, { server, auto }: Wanted<'service-in'>): Refusal | undefined {
  if (!all.has(server) && !all.isUp(server)) return refused('unknown-server', [server])
  const { is, held } = all.serviceOf(server)
  const why = refusalOf(is, all.isUp(server), 'service-in')
  if (why) return refused(why, [server])
  if (auto && held) return refused('held', [server])
  if (all.merge) return refused('operating', doingOf(all))
  // Also while merging is suspended: whoever waits takes part in the merge with which all goes on.
  all.fire(server, 'service-in')
  all.hold(server, false)
  return undefined
}

function serviceOut(all: Lifecycle, { server, auto, leaving }: Wanted<'service-out'>): Refusal | undefined {
  if (!all.has(server) && !all.isUp(server)) return refused('unknown-server', [server])
  const { is, held } = all.serviceOf(server)
  const isUp = all.isUp(server)
  const why = refusalOf(is, isUp, 'service-out')
  if (why) return refused(why, [server])
  if (auto && (isUp || held)) return refused('held', [server])
  if ((auto || leaving) && all.suspended) return refused('already-suspended')
  if (all.merge) return refused('operating', doingOf(all))
  const others = all.names.filter((name) => name !== server && traitsOf(all.serviceOf(name).is).willServe)
  if (traitsOf(is).isServing && others.length === 0) return refused('last-server', [server])
  all.fire(server, 'service-out')
  all.hold(server, !auto && !leaving)
  return undefined
}

function begin(all: Lifecycle): Refusal | undefined {
  if (all.merge) return refused('operating', doingOf(all))
  for (const name of all.names) if (all.serviceOf(name).is === 'returning-pending') all.hold(name, false)
  all.retarget()
  if (pendingOf(all).length === 0 && all.lacking.size === 0) return refused('nothing-to-merge')
  all.begin(mergeIdOf(all))
  return undefined
}

function complete(all: Lifecycle, { merge }: Wanted<'complete'>): Refusal | undefined {
  if (!all.merge) return pendingOf(all).length > 0 ? refused('not-done', pendingOf(all)) : refused('no-merge')
  if (merge !== undefined && merge !== all.merge.id) return refused('other-merge')
  if (all.merge.closingAt !== undefined) return refused('closing')
  const waiting = [...pendingOf(all), ...doingOf(all)]
  if (waiting.length > 0) return refused('not-done', waiting)
  finish(all)
  return undefined
}

function abort(all: Lifecycle, { merge }: Wanted<'abort'>): Refusal | undefined {
  if (merge !== undefined && merge !== all.merge?.id) return refused('other-merge')
  if (!all.merge && pendingOf(all).length === 0) return refused('no-merge')
  all.abort()
  return undefined
}

function suspend(all: Lifecycle): Refusal | undefined {
  if (all.suspended) return refused('already-suspended')
  all.suspended = true
  return undefined
}

function resume(all: Lifecycle): Refusal | undefined {
  if (!all.suspended) return refused('not-suspended')
  all.suspended = false
  return undefined
}

function done(all: Lifecycle, { merge, plannedAt, server, incarnation }: Wanted<'done'>): Refusal | undefined {
  if (merge !== all.merge?.id) return refused('other-merge')
  if (plannedAt !== all.merge.plannedAt || incarnation !== all.incarnationOf(server)) return refused('stale', [server])
  return all.fire(server, 'done') ? undefined : refused('stale', [server])
}

function commit(all: Lifecycle, { merge, closingAt, closed, filled }: Wanted<'commit'>): Refusal | undefined {
  if (merge !== all.merge?.id) return refused('other-merge')
  if (closingAt !== all.merge.closingAt) return refused('stale')
  const hasSaid = (lives: typeof closed, name: string) => {
    const life = all.incarnationOf(name)
    return lives.some(({ server, incarnation }) => server === name && (life === undefined || life === incarnation))
  }
  const isAsked = (name: string) => all.isUp(name) || all.merge?.givers?.includes(name) === true
  const missing = [
    // One that has died since had to have closed before that.
    ...[...(all.merge.givers ?? []), ...all.givers].filter((name) => isAsked(name) && !hasSaid(closed, name)),
    ...[...all.pulling].filter((name) => !hasSaid(filled, name)),
    ...doingOf(all),
  ]
  if (missing.length > 0) return refused('not-closed', [...new Set(missing)])
  all.complete()
  return undefined
}

function open(all: Lifecycle, { merge, closingAt }: Wanted<'open'>): Refusal | undefined {
  if (merge !== all.merge?.id) return refused('other-merge')
  if (closingAt !== all.merge.closingAt) return refused('stale')
  all.open()
  return undefined
}

function emptied(all: Lifecycle, { server, incarnation }: Wanted<'emptied'>): Refusal | undefined {
  if (incarnation !== all.incarnationOf(server)) return refused('stale', [server])
  all.emptied(server)
  return undefined
}

function refused(why: ServiceFailure, servers?: readonly string[]): Refusal {
  const named = servers?.slice(0, namedMax)
  return { ok: false, why, ...(named && named.length > 0 && { servers: named }) }
}

/** An outcome is at most 4 096 characters. */
const namedMax = 12
