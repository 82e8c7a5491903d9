import type { ConfigurationSource } from '@ring/config'

/** Flags that make a configuration by themselves, so that a node starts without a file. */
export interface ConfigurationFlags {
  readonly group?: string
  readonly ctlport?: number
  readonly port?: number
  readonly bind?: string
  readonly groupKeyFile?: string
  readonly multicast?: string
  readonly multicastIf?: string
  readonly routers?: string
  readonly routerPort?: number
  readonly dnsQuery?: string
  readonly dnsType?: string
  readonly dnsPort?: number
  readonly dnsServer?: string
}

/** Each with its key in [RING]. */
const ringKeys = {
  bind: 'BIND',
  groupKeyFile: 'GROUPKEYFILE',
  multicast: 'MULTICAST',
  multicastIf: 'MULTICASTIF',
  routers: 'ROUTERS',
  routerPort: 'ROUTERPORT',
  dnsQuery: 'DNSQUERY',
  dnsType: 'DNSTYPE',
  dnsPort: 'DNSPORT',
  dnsServer: 'DNSSERVER',
} as const satisfies Partial<Record<keyof ConfigurationFlags, string>>

const flagNames = {
  group: '--group',
  bind: '--bind',
  groupKeyFile: '--group-key-file',
  multicast: '--multicast',
  multicastIf: '--multicast-if',
  routers: '--routers',
  routerPort: '--router-port',
  dnsQuery: '--dns-query',
  dnsType: '--dns-type',
  dnsPort: '--dns-port',
  dnsServer: '--dns-server',
} as const satisfies Partial<Record<keyof ConfigurationFlags, string>>

/** Those that are given and have no meaning beside a configuration of another source. */
export function flagsForNoFile(flags: ConfigurationFlags): readonly string[] {
  return Object.entries(flagNames).flatMap(([key, flag]) =>
    flags[key as keyof typeof flagNames] === undefined ? [] : [flag],
  )
}

/** The configuration that the flags describe: a ring without a list of servers. */
export function configurationOfFlags(flags: ConfigurationFlags & { readonly group: string }): ConfigurationSource {
  const ring = Object.entries(ringKeys).flatMap(([flag, key]) => {
    const value = flags[flag as keyof typeof ringKeys]
    return value === undefined ? [] : [[key, String(value)] as const]
  })
  const global = { GROUP: flags.group, FILEVERSION: '0', DELIVERMODE: 'hash' }
  // Without a key a slave is let in from this machine only, as servers are.
  const content = { GLOBAL: global, RING: Object.fromEntries(ring), SLVNODE: [{ NAME: 'localhost' }] }
  return { kind: 'json', text: JSON.stringify(content) }
}
