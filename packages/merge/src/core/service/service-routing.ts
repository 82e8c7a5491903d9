import type { GroupRecord, Member } from '@ring/gms'
import { type RoutedServer, type Routing, routingFrom } from '@ring/placement'
import { nowhere } from './ideal-table.ts'
import { placementOf } from './placement-state.ts'

/** Where messages go by this record, leaving out the lives that are known to be gone (rule D1). */
export function routingOf(record: GroupRecord, isDown: (server: RoutedServer) => boolean): Routing {
  const placement = placementOf(record)
  const servers = record.view.members.filter(serves).map(({ name, incarnation, address }) => {
    const server = { name, incarnation, address, up: true }
    return { ...server, up: !isDown(server) }
  })
  return routingFrom(placement?.table ?? nowhere, {
    ...{ version: record.version, epoch: record.epoch, mode: placement?.mode ?? 'random', servers },
    left: record.view.departed?.filter(({ why }) => why === 'left') ?? [],
    changedAt: placement?.changedAt ?? [],
  })
}

/** A witness only votes. */
function serves({ witness }: Member): boolean {
  return witness !== true
}
