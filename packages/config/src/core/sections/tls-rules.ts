import type { Journal } from '../journal.ts'
import type { GlobalFields } from './global-section.ts'
import type { ReadSection, SectionFields } from './section.ts'
import type { ServerFields } from './server-section.ts'
import type { SlaveFields } from './slave-section.ts'

/** The three kinds of section, as read. */
export interface ReadNodes {
  readonly global: ReadSection<GlobalFields>
  readonly servers: readonly ReadSection<ServerFields>[]
  readonly slaves: readonly ReadSection<SlaveFields>[]
}

type TlsKey = 'CAPATH' | 'SERVER_CERT' | 'SERVER_PRIKEY' | 'SLAVE_CERT' | 'SLAVE_PRIKEY' | 'SSL_VERIFY_PEER'

const properties = {
  CAPATH: 'caPath',
  SERVER_CERT: 'serverCert',
  SERVER_PRIKEY: 'serverPriKey',
  SLAVE_CERT: 'slaveCert',
  SLAVE_PRIKEY: 'slavePriKey',
  SSL_VERIFY_PEER: 'sslVerifyPeer',
} as const satisfies Record<TlsKey, string>

type AnyRead = ReadSection<SectionFields>

/** True only for a value that nobody gave; a wrong one has been reported already and counts as given. */
export function missing(section: AnyRead, property: string): boolean {
  return Object.hasOwn(section.values, property) && section.values[property] === undefined
}

/** CHMPX's rules on which TLS keys go together. Defaults of [GLOBAL] are ignored where a node does not need them. */
export function checkTls(nodes: ReadNodes, journal: Journal): void {
  const { global, slaves } = nodes
  // Where no server is listed, each is what [GLOBAL] says.
  const servers: readonly AnyRead[] = nodes.servers.length === 0 && global.values.ssl ? [global] : nodes.servers
  const secure = new Set(servers.filter((server) => server.values['ssl'] ?? global.values.ssl))
  const verifying = [...secure].some((server) => server.values['sslVerifyPeer'] ?? global.values.sslVerifyPeer)
  const rules = new TlsRules(global, journal)
  for (const server of servers) {
    if (secure.has(server)) rules.require(server, ['SERVER_CERT', 'SERVER_PRIKEY'], 'is required where SSL is on')
    else rules.forbid(server, ['SERVER_CERT', 'SERVER_PRIKEY', 'SSL_VERIFY_PEER'], 'needs SSL = on for this server')
  }
  if (secure.size === 0) rules.withoutServers([global, ...servers, ...slaves])
  const slaveKeys = ['SLAVE_CERT', 'SLAVE_PRIKEY'] as const
  for (const node of [...servers, ...slaves]) {
    if (verifying) rules.require(node, slaveKeys, 'is required because a server has SSL_VERIFY_PEER')
  }
  if (verifying) return
  const rule = 'must not be given, because no server has SSL_VERIFY_PEER'
  for (const node of new Set([global, ...servers, ...slaves])) rules.forbid(node, slaveKeys, rule)
}

class TlsRules {
  readonly #global: ReadSection<GlobalFields>
  readonly #journal: Journal

  constructor(global: ReadSection<GlobalFields>, journal: Journal) {
    this.#global = global
    this.#journal = journal
  }

  require(section: AnyRead, keys: readonly TlsKey[], rule: string): void {
    for (const key of keys) {
      const absentHere = missing(section, properties[key]) && missing(this.#global, properties[key])
      if (absentHere) this.#journal.error({ ...section.whole, key, rule })
    }
  }

  forbid(section: AnyRead, keys: readonly TlsKey[], rule: string): void {
    for (const key of keys) {
      const written = section.written(properties[key])
      if (written !== undefined && section.values[properties[key]] !== false) this.#journal.error({ ...written, rule })
    }
  }

  /** No server speaks TLS: nothing that belongs to it may be asked for. */
  withoutServers(sections: readonly AnyRead[]): void {
    const rule = 'needs a server with SSL = on'
    for (const section of sections) this.forbid(section, ['CAPATH'], rule)
    this.forbid(this.#global, ['SERVER_CERT', 'SERVER_PRIKEY', 'SSL_VERIFY_PEER'], rule)
    const oldest = this.#global.written('sslMinVer')
    if (oldest !== undefined && this.#global.values.sslMinVer !== 'DEFAULT') this.#journal.error({ ...oldest, rule })
  }
}
