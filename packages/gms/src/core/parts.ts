import type { Answer } from '@ring/discovery'
import type { NodeName } from '@ring/platform'
import { DialBack } from './alive/dial-back.ts'
import { Liveness } from './alive/liveness.ts'
import { ReachCheck } from './alive/reach-check.ts'
import { ReachNotes } from './alive/reach-notes.ts'
import { type GmsContext, send, sendView } from './context.ts'
import { Admission } from './deciding/admission.ts'
import { BranchOpener } from './deciding/branch.ts'
import { Coordinator } from './deciding/coordinator.ts'
import { LeaseGrants } from './deciding/lease-grants.ts'
import { askOlderCoordinator, isOlder } from './deciding/older-coordinator.ts'
import { Proposals } from './deciding/proposals.ts'
import { QuorumLease } from './deciding/quorum-lease.ts'
import { SoleVoter } from './deciding/sole-voter.ts'
import { Followers } from './following/followers.ts'
import { Spreader } from './following/spreader.ts'
import type { GmsOptions } from './gms-options.ts'
import { Installer } from './lives/installer.ts'
import { Joiner } from './lives/joiner.ts'
import { Lifecycle } from './lives/lifecycle.ts'
import { MergeSeat } from './meeting/merge-seat.ts'
import type { GroupRecord, Member } from './record/view.ts'

/** The parts of a server's membership; each knows the others only through what it is handed here. */
export interface GmsParts {
  readonly liveness: Liveness
  readonly admission: Admission
  readonly coordinator: Coordinator
  readonly proposals: Proposals
  readonly dialBack: DialBack
  readonly reach: ReachCheck
  readonly notes: ReachNotes
  readonly joiner: Joiner
  readonly branch: BranchOpener
  readonly followers: Followers
  readonly soleVoter: SoleVoter
  readonly merge: MergeSeat
  readonly grants: LeaseGrants
  readonly lease: QuorumLease
  readonly lifecycle: Lifecycle
  readonly installer: Installer
}

/** What the parts need of the core that holds them. */
export interface PartsHost {
  answer(): Answer
  mayDecide(): boolean
  propose(next: GroupRecord): void
  settled(version: number): void
  doubtChanged(): void
  describeSelf(): void
  tellStatus(): void
  /** Takes a member out, whoever coordinates. */
  expel(member: Member): void
  /** The voters that are out of reach, where this side has no quorum. */
  missing(): readonly NodeName[] | undefined
}

/** Who tells whom: the one place where the parts are connected. */
export function assembleParts(context: GmsContext, options: GmsOptions, host: PartsHost): GmsParts {
  const isDoubted = (name: NodeName) => liveness.isDoubted(name)
  const dialBack = new DialBack(context)
  const notes = new ReachNotes(context, () => host.tellStatus())
  const reach: ReachCheck = new ReachCheck(context, dialBack, notes, {
    isDoubted,
    actingCoordinator: (without) => liveness.actingCoordinator(without),
    takeSeq: () => liveness.takeSeq(),
    word: () => liveness.ability.word,
    onUndialable: (member) => host.expel(member),
  })
  const liveness: Liveness = new Liveness(context, {
    isMember: () => context.phase === 'member',
    onDoubtChanged: () => host.doubtChanged(),
    onGone: (member, why) => coordinator.remove(member, why),
    onOutOfStep: () => {
      if (context.phase === 'member') lifecycle.rejoin()
    },
    sendView: (to) => sendView(context, to),
    reach,
  })
  const branch: BranchOpener = new BranchOpener(context, {
    isDoubted,
    isLost: (member) => liveness.isLost(member),
    lookAfter: (member) => liveness.lookAfter(member),
    whyOf: (member) => coordinator.reasonFor(member),
    onBranch: (record) => {
      merge.breakPromise()
      soleVoter.decide(record)
    },
  })
  const coordinator: Coordinator = new Coordinator(
    context,
    {
      actingCoordinator: () => liveness.actingCoordinator(),
      isDoubted,
      onAlive: (member) => liveness.alive(member),
      onVerifiedFailed: (member) => coordinator.remove(member, 'failed'),
      isHeld: () => merge.isHolding,
      answer: (to, id, result) => {
        if (to === context.self.name) proposals.onResult(to, id, result)
        else send(context, to, { type: 'gms.operation-rsp', id, result })
      },
      missing: () => host.missing() ?? [],
    },
    { ready: () => host.mayDecide(), propose: (next) => host.propose(next) },
  )
  const proposals: Proposals = new Proposals(context, {
    decider: () => (context.phase === 'member' ? liveness.actingCoordinator() : undefined),
    operate: (request) => coordinator.operate(context.self.name, request),
    isOlder: (name) => isOlder(context, name),
    askOlder: (to, operation) => askOlderCoordinator(context, to, operation),
    missing: () => host.missing(),
  })
  const admission: Admission = new Admission(context, dialBack, notes, {
    actingCoordinator: () => liveness.actingCoordinator(),
    onLaterLife: (member) => liveness.proveGone(member),
    isFull: () => coordinator.isFull,
    isSettled: () => coordinator.isSettled,
    expect: (name) => coordinator.expect(name),
    expected: (name) => coordinator.expected(name),
    letIn: (applicant) => coordinator.letIn(applicant),
    letInTogether: (applicants) => coordinator.takeIn(applicants),
  })
  const joiner: Joiner = new Joiner(context, dialBack, notes, {
    configured: options.configured,
    expect: options.expect,
    canVote: () => liveness.ability.isSelfAble,
    onFormedAlone: (record) => installer.install(record),
    onRestart: (applicants) => admission.restart(applicants),
    onOlderLife: (incarnation) => lifecycle.takeLife(incarnation),
  })
  const followers: Followers = new Followers(context)
  const soleVoter: SoleVoter = new SoleVoter(context, {
    install: (record) => installer.install(record),
    settled: (version) => host.settled(version),
  })
  const merge: MergeSeat = new MergeSeat(
    context,
    options.merging,
    { dialBack, notes },
    {
      answer: () => host.answer(),
      coordinates: () => soleVoter.isSelf,
      isDoubted,
      takeIn: (applicants, sides) => coordinator.takeIn(applicants, sides),
      pump: () => coordinator.pump(),
      dissolve: () => lifecycle.dissolve(),
    },
  )
  const grants: LeaseGrants = new LeaseGrants(context, options.pending)
  const lease: QuorumLease = new QuorumLease(context, {
    grantsSelf: (progress) => grants.grant({ ...context.self, role: 'server' }, progress),
    onChange: () => host.tellStatus(),
  })
  const lifecycle: Lifecycle = new Lifecycle(context, {
    actingCoordinator: () => liveness.actingCoordinator(),
    forget: () => {
      dialBack.reset()
      admission.reset()
      liveness.reset()
      branch.reset()
      coordinator.reset()
      followers.reset()
      soleVoter.reset()
      merge.reset()
      lease.reset()
      proposals.lifeChanged()
    },
    end: () => proposals.stop(),
    lookForGroup: () => joiner.start(),
    removeSelf: (member) => coordinator.onLeave(member),
  })
  const installer: Installer = new Installer(context, {
    liveness,
    branch,
    coordinator,
    proposals,
    joiner,
    followers,
    soleVoter,
    lifecycle,
    merge,
    lease,
    grants,
    spreader: new Spreader(context),
    describeSelf: () => host.describeSelf(),
    tellStatus: () => host.tellStatus(),
  })
  const others = { admission, dialBack, reach, notes }
  return {
    ...others,
    liveness,
    coordinator,
    proposals,
    joiner,
    branch,
    followers,
    soleVoter,
    merge,
    grants,
    lease,
    lifecycle,
    installer,
  }
}
