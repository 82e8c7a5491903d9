import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import { freshPort } from '@ring/testkit'
import { type GroupView, join, type Membership, type ServerJoinOptions } from '../index.ts'
import { MemberProcess } from './member-process.ts'

export { freshPort }

let groups = 0

/** Members of one group on this machine, in this process and in others; all are ended by `end`. */
export class LoopbackGroup {
  readonly memberships: Membership[] = []
  readonly #quorum: 'none' | 'majority'
  readonly #processes: MemberProcess[] = []
  readonly #state = mkdtempSync(joinPath(tmpdir(), 'ring-join-'))
  readonly #ports = new Map<string, number>()
  readonly #group = `test-${process.pid}-${(groups += 1)}`
  /** Whoever is named first forms the group; the others come to it. */
  #founder: string | undefined

  constructor(quorum: 'none' | 'majority') {
    this.#quorum = quorum
  }

  async join(name: string, more: Partial<ServerJoinOptions> = {}): Promise<Membership> {
    const membership = await join(this.options(name, more))
    this.memberships.push(membership)
    return membership
  }

  /** Starts a member as a process of its own. */
  async spawn(name: string, more: Partial<ServerJoinOptions> = {}): Promise<MemberProcess> {
    const member = new MemberProcess(this.options(name, { keepAlive: true, ...more }))
    this.#processes.push(member)
    await member.joined()
    return member
  }

  options(name: string, more: Partial<ServerJoinOptions> = {}): ServerJoinOptions {
    this.#founder ??= name
    const port = this.#ports.get(name) ?? freshPort()
    this.#ports.set(name, port)
    const servers = this.#quorum === 'majority' ? [this.#founder] : [...this.#ports.keys()]
    return {
      group: this.#group,
      name,
      listen: { host: '127.0.0.1', port },
      servers: servers.map((server) => ({ name: server, address: `127.0.0.1:${this.#ports.get(server)}` })),
      detect: 'fast',
      ...(this.#quorum === 'majority' && {
        quorum: 'majority',
        stateDirectory: joinPath(this.#state, name),
        joinOnly: name !== this.#founder,
      }),
      ...more,
    }
  }

  async end(): Promise<void> {
    for (const process of this.#processes) process.signal('SIGKILL')
    await Promise.all(this.#processes.map(({ ended }) => ended))
    await Promise.all(this.memberships.map((membership) => membership.leave()))
    rmSync(this.#state, { recursive: true, force: true })
  }
}

export function namesOf(view: GroupView): string {
  return view.members.map(({ name }) => name).join(' ')
}

/** With a quorum a lease follows the first view. */
export function isPrimary(membership: Membership): Promise<boolean> {
  return new Promise((resolve) => {
    if (membership.isPrimary) return resolve(true)
    membership.on('primary', () => resolve(membership.isPrimary))
  })
}

/** The view with these members in this order, now or when it comes. */
export function viewWith(membership: Membership, names: string): Promise<GroupView> {
  return new Promise((resolve) => {
    if (namesOf(membership.view) === names) return resolve(membership.view)
    const end = membership.on('view', ({ view }) => {
      if (namesOf(view) !== names) return
      end()
      resolve(view)
    })
  })
}
