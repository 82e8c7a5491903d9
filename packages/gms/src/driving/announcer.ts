import { callListener, type Logger } from '@ring/platform'
import type { GmsEffect, GroupStatus } from '../core/effects.ts'
import type { GroupRecord, ViewChange } from '../core/record/view.ts'
import type { MembershipListener } from './membership-driver-options.ts'

/** Says what membership came to: to the node that listens, and in its log. */
export class Announcer {
  readonly #listener: MembershipListener
  readonly #logger: Logger
  #status: GroupStatus = { phase: 'discovering', waitingFor: [] }

  constructor(listener: MembershipListener, logger: Logger) {
    this.#listener = listener
    this.#logger = logger
  }

  /** The last one that was said. */
  get status(): GroupStatus {
    return this.#status
  }

  /** What the listener throws ends neither the step that is under way nor the group. */
  tell(effect: GmsEffect): void {
    callListener(this.#logger, effect.type, () => this.#tell(effect))
  }

  #tell(effect: GmsEffect): void {
    switch (effect.type) {
      case 'view':
        this.#logView(effect.record, effect.change)
        return this.#listener.onView(effect.record, effect.change)
      case 'merged':
        this.#logger.info({ event: 'group.merged', sides: effect.sides }, 'groups came together')
        return this.#listener.onMerged?.(effect.record, effect.sides)
      case 'suspect':
        this.#logger.debug({ event: 'member.suspect', peer: effect.name, suspected: effect.suspected }, 'suspicion')
        return this.#listener.onSuspect?.(effect.name, effect.incarnation, effect.suspected)
      case 'down':
        this.#logger.info({ event: 'member.down', peer: effect.name }, 'server is gone')
        return this.#listener.onDown(effect.name, effect.incarnation)
      case 'unconfirmed':
        this.#logger.warn({ event: 'pause.unconfirmed' }, 'resumed after a pause; waiting to be confirmed')
        return this.#listener.onUnconfirmed(effect.doubt)
      case 'confirmed':
        return this.#listener.onConfirmed(effect.incarnation, effect.doubt)
      case 'expelled':
        return this.#listener.onExpelled?.()
      case 'rejoin':
        this.#logger.warn(
          { event: 'member.rejoin', incarnation: effect.incarnation },
          'this life is over; joining again',
        )
        return this.#listener.onRejoin(effect.incarnation)
      case 'undialable':
        return this.#logger.warn(
          { event: 'peer.undialable', peer: effect.name, address: effect.address, why: effect.why },
          'a server talks to this one and cannot be dialled at the address that it gives: it is not let in, or goes out; check its firewall and its address (ENDPOINTS)',
        )
      case 'not-reached':
        return this.#logger.warn(
          { event: 'node.undialable', by: effect.by, address: effect.address, why: effect.why },
          'others cannot dial this server at its address: check its firewall, and the address that it gives (ENDPOINTS)',
        )
      case 'status':
        return this.#setStatus(effect.status)
      default:
        return
    }
  }

  #setStatus(status: GroupStatus): void {
    if (JSON.stringify(status) === JSON.stringify(this.#status)) return
    const wasNonPrimary = this.#status.phase === 'member' && this.#status.nonPrimary
    this.#status = status
    this.#logger.debug({ event: 'group.status', ...status }, 'group status')
    if (status.phase === 'member' && status.nonPrimary && !wasNonPrimary) {
      this.#logger.warn({ event: 'group.non-primary', missing: status.missing }, 'no quorum: the last view is kept')
    }
    this.#listener.onStatus(status)
  }

  #logView({ version, view }: GroupRecord, { joined, left }: ViewChange): void {
    this.#logger.info(
      {
        event: 'view.installed',
        version,
        members: view.members.map(({ name }) => name),
        joined: joined.map(({ name }) => name),
        left: left.map(({ member, why }) => `${member.name} (${why})`),
      },
      'view installed',
    )
  }
}
