import type { GroupRecord, Member } from '@ring/gms'
import { type ClosingPartitions, type RoutedServer, type Routing, routingFrom, rowOf } from '@ring/placement'
import { movingPartitions, servingOf } from './holdings.ts'
import { nowhere } from './ideal-table.ts'
import { type PlacementState, placementOf, type Service, targetOf } from './placement-state.ts'
import { traitsOf } from './service-state.ts'

/** Where messages go by this record, leaving out the lives that are known to be gone (rule D1). */
export function routingOf(record: GroupRecord, isDown: (server: RoutedServer) => boolean): Routing {
  const placement = placementOf(record)
  const servers = record.view.members.filter(serves).map(({ name, incarnation, address }) => {
    const isOut = placement?.services !== undefined && !isServing(placement.services[name])
    const server = { name, incarnation, address, up: true, ...(isOut && { isOut }) }
    return { ...server, up: !isDown(server) }
  })
  return routingFrom(placement?.table ?? nowhere, {
    ...{ version: record.version, epoch: record.epoch, mode: placement?.mode ?? 'random', servers },
    left: record.view.departed?.filter(({ why }) => why === 'left') ?? [],
    changedAt: placement?.changedAt ?? [],
    ...closingOf(placement, (name) => servers.some((server) => server.name === name)),
  })
}

/** What a merge has closed: no program is handed anything of it until a later record says otherwise (rules D3, D4). */
function closingOf(
  placement: PlacementState | undefined,
  isUp: (name: string) => boolean,
): { readonly closing?: ClosingPartitions } {
  const version = placement?.merge?.closingAt
  if (!placement || version === undefined) return {}
  const next = servingOf(targetOf(placement), isUp)
  return { closing: { version, partitions: movingPartitions(placement.table, next) } }
}

/**
 * The partitions of which nothing may be handed to programs of `self` before they have been told how a merge went on, one byte for
 * each: those that a commit has brought, and those that were closed and are not any more. Undefined where there are none.
 */
export function untoldOf(before: GroupRecord, record: GroupRecord, self: string): Uint8Array | undefined {
  const [was, is] = [placementOf(before), placementOf(record)]
  if (!was || !is) return undefined
  const { table } = is
  const isSame = was.table.strategy === table.strategy && was.table.partitions === table.partitions
  const known = new Set(was.ended?.map(({ id }) => id))
  const isCommitted = is.ended?.some(({ id, committed }) => committed && !known.has(id)) === true
  const closed = isSame && was.merge?.closingAt !== is.merge?.closingAt ? closedBy(before) : undefined
  const untold = Uint8Array.from({ length: table.partitions }, (_, at) => {
    if (!rowOf(table, at).includes(self)) return 0
    const isGained = isCommitted && !(isSame && rowOf(was.table, at).includes(self))
    return isGained || closed?.[at] === 1 ? 1 : 0
  })
  return untold.includes(1) ? untold : undefined
}

function closedBy(record: GroupRecord): Uint8Array | undefined {
  const up = new Set<string>(record.view.members.filter(serves).map(({ name }) => name))
  return closingOf(placementOf(record), (name) => up.has(name)).closing?.partitions
}

/** Who is in no list has just come, and nobody has taken it in. */
function isServing(service: Service | undefined): boolean {
  return service !== undefined && traitsOf(service.is).isServing
}

/** A witness only votes. */
function serves({ witness }: Member): boolean {
  return witness !== true
}
