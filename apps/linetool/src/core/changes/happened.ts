import type { ServerState } from '@ring/control-protocol'
import { checkedRing } from '../check/finding.ts'
import { Accounts, answered, type RingPicture, serversOf } from '../ring/picture.ts'

/** What was told to a ring. */
export type Change =
  | { readonly kind: 'servicein' | 'serviceout'; readonly server: string }
  | { readonly kind: 'merge'; readonly what: 'start' | 'abort' | 'complete' }
  | { readonly kind: 'suspend' | 'nosuspend' }

/**
 * Whether it has happened, as far as the nodes tell: for rings that only say that they were told. Without AUTOMERGE a server that
 * comes or goes has been taken in hand once it waits for the merge.
 */
export function hasHappened(change: Change, picture: RingPicture): boolean {
  switch (change.kind) {
    case 'servicein': {
      const state = stateOf(change.server, picture)
      return (
        state?.ring === 'in' && (!isAutomatic(picture) || (state.action === 'none' && state.progress === 'nothing'))
      )
    }
    case 'serviceout': {
      const state = stateOf(change.server, picture)
      return state?.ring === 'out' || (!isAutomatic(picture) && state?.action === 'delete')
    }
    case 'merge':
      return isMerged(change.what, states(picture))
    case 'suspend':
    case 'nosuspend':
      return answered(picture).every(({ dump }) => dump.isSuspended === (change.kind === 'suspend'))
  }
}

function isMerged(what: 'start' | 'abort' | 'complete', all: readonly ServerState[]): boolean {
  const has = (...progress: readonly ServerState['progress'][]) =>
    all.some((state) => progress.includes(state.progress))
  switch (what) {
    case 'start':
      return !has('pending', 'doing')
    case 'abort':
    case 'complete':
      return !has('doing', 'done')
  }
}

const isAutomatic = (picture: RingPicture): boolean => checkedRing(picture).isAutomatic

function states(picture: RingPicture): readonly ServerState[] {
  const accounts = new Accounts(picture)
  return serversOf(picture).flatMap((node) => accounts.best(node)?.state ?? [])
}

function stateOf(label: string, picture: RingPicture): ServerState | undefined {
  const node = picture.nodes.find((one) => one.label === label)
  return node && new Accounts(picture).best(node)?.state
}
