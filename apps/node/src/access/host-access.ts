import type { Configuration, SelfNode } from '@ring/config'
import type { Access } from '@ring/control-protocol'
import type { Peer } from '@ring/platform'
import { findAccessAddresses, findNames, type LookUp } from '@ring/transport'
import { machineNames } from '../setup/machine-names.ts'
import { type ControlOpenness, type HostKnowledge, HostRules, plainAddress } from './host-rules.ts'

const refreshEveryMs = 60_000
/** However many strangers knock: the lists are looked up again at most this often for them. */
const refreshGapMs = 1000
const nameTimeoutMs = 2000
const rememberedNames = 1024
const nobody: ReadonlySet<string> = new Set()

/** How names are looked up, and the time; a test gives its own. */
export interface HostLookups {
  readonly findAddresses: LookUp
  readonly findNames: LookUp
  readonly machineNames: () => readonly string[]
  readonly nowMs: () => number
}

const systemLookups: HostLookups = {
  findAddresses: findAccessAddresses,
  findNames,
  machineNames,
  nowMs: () => performance.now(),
}

/**
 * The host lists of the configuration with what the resolver says of them: looked up at the start, every minute, and when
 * somebody unknown comes. A name that cannot be looked up keeps the addresses it had.
 */
export class HostAccess implements HostKnowledge {
  readonly #lookups: HostLookups
  readonly #addresses = new Map<string, ReadonlySet<string>>()
  readonly #names = new Map<string, { readonly names: readonly string[]; readonly atMs: number }>()
  #rules: HostRules
  #machine: ReadonlySet<string> = nobody
  #timer: NodeJS.Timeout | undefined
  #refreshing: Promise<void> | undefined
  #refreshedMs = Number.NEGATIVE_INFINITY

  constructor(configuration: Configuration, self: SelfNode, lookups: HostLookups = systemLookups) {
    this.#lookups = lookups
    this.#rules = new HostRules(configuration, self, this)
  }

  /** @param isNeeded whether the lists decide; nothing is looked up while they do not */
  async start(isNeeded: () => boolean): Promise<void> {
    this.#timer = setInterval(() => {
      if (isNeeded()) void this.refresh()
    }, refreshEveryMs)
    this.#timer.unref()
    if (isNeeded()) await Promise.race([this.refresh(), timeUp()])
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  setConfiguration(configuration: Configuration, self: SelfNode): void {
    this.#rules = new HostRules(configuration, self, this)
    // Who is new in it is looked up when he comes.
    this.#refreshedMs = Number.NEGATIVE_INFINITY
  }

  /** At once where that can be said; somebody unknown waits for the look-ups. */
  mayConnect(remoteAddress: string): boolean | Promise<boolean> {
    const remote = plainAddress(remoteAddress)
    return this.#rules.mayConnect(remote) || this.#askAround(remote)
  }

  /** On the control port; somebody unknown waits for the look-ups. */
  controlAccess(remoteAddress: string, openness: ControlOpenness): Access | Promise<Access> {
    const remote = plainAddress(remoteAddress)
    const access = this.#rules.controlAccess(remote, openness)
    if (access === 'change') return access
    return this.#askAround(remote).then(() => this.#rules.controlAccess(remote, openness))
  }

  objection(peer: Peer, remoteAddress: string): string | undefined {
    return this.#rules.objection(peer, plainAddress(remoteAddress))
  }

  /** Looks everything up; who asks meanwhile gets the same answer. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#lookUpAll().finally(() => {
      this.#refreshing = undefined
      this.#refreshedMs = this.#lookups.nowMs()
    })
    return this.#refreshing
  }

  // What the rules ask (HostKnowledge)

  get machine(): ReadonlySet<string> {
    return this.#machine
  }

  addressesOf(host: string): ReadonlySet<string> {
    return this.#addresses.get(host) ?? nobody
  }

  namesOf(address: string): readonly string[] {
    return this.#names.get(address)?.names ?? []
  }

  async #askAround(remote: string): Promise<boolean> {
    if (this.#refreshing || this.#lookups.nowMs() - this.#refreshedMs >= refreshGapMs) {
      await Promise.race([this.refresh(), timeUp()])
      if (this.#rules.mayConnect(remote)) return true
    }
    if (!this.#rules.needsNames) return false
    await Promise.race([this.#findNames(remote), timeUp()])
    return this.#rules.mayConnect(remote)
  }

  async #lookUpAll(): Promise<void> {
    this.#machine = new Set(this.#lookups.machineNames().map((name) => plainAddress(name.toLowerCase())))
    const { hosts } = this.#rules
    await Promise.all(
      hosts.map(async (host) => {
        const found = await this.#find(this.#lookups.findAddresses, host)
        if (found.length > 0) this.#addresses.set(host, new Set(found.map(plainAddress)))
      }),
    )
    for (const [address, { atMs }] of this.#names)
      if (this.#lookups.nowMs() - atMs >= refreshEveryMs) this.#names.delete(address)
    const wanted = new Set(hosts)
    for (const host of this.#addresses.keys()) if (!wanted.has(host)) this.#addresses.delete(host)
  }

  /** A name counts only when it leads back to the address: the owner of an address may call it as he likes. */
  async #findNames(address: string): Promise<void> {
    const before = this.#names.get(address)
    if (before && this.#lookups.nowMs() - before.atMs < refreshEveryMs) return
    const said = await this.#find(this.#lookups.findNames, address)
    const names: string[] = []
    for (const name of said) {
      const back = await this.#find(this.#lookups.findAddresses, name)
      if (back.map(plainAddress).includes(address)) names.push(name)
    }
    this.#names.delete(address)
    this.#names.set(address, { names, atMs: this.#lookups.nowMs() })
    const [oldest] = this.#names.keys()
    if (this.#names.size > rememberedNames && oldest !== undefined) this.#names.delete(oldest)
  }

  #find(lookUp: LookUp, subject: string): Promise<readonly string[]> {
    return new Promise((resolve) => lookUp(subject, resolve))
  }
}

function timeUp(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, nameTimeoutMs).unref()
  })
}
