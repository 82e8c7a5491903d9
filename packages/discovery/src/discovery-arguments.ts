import {
  type ArgumentRule,
  aCount,
  aFlag,
  aFunction,
  anObject,
  aPort,
  aText,
  listOf,
  milliseconds,
  oneOf,
  optional,
} from '@ring/platform'

/** What the options of each protocol, and of the gossip router, have to be: types, and numbers that mean something. */
type Rules = Readonly<Record<string, ArgumentRule>>

const linkRules = { rememberedMax: optional(aCount) } as const

export const tcppingRules: Rules = { ...linkRules, hosts: optional(listOf(aText)) }

export const dnsRules: Rules = {
  ...linkRules,
  ...{ query: aText, type: oneOf('A', 'AAAA', 'SRV'), port: optional(aPort), server: optional(aText) },
  ...{ intervalMs: optional(milliseconds), resolve: optional(aFunction) },
}

export const tcpgossipRules: Rules = { ...linkRules, routers: listOf(aText), group: aText }

export const multicastRules: Rules = {
  ...{ group: aText, keys: optional(aFunction), open: optional(aFunction), onRefused: optional(aFunction) },
  ...{ casts: optional(aCount), castEveryMs: optional(milliseconds), quietMs: optional(milliseconds) },
  ...{ callWaitMs: optional(milliseconds), multicast: optional(anObject) },
}

export const multicastSocketRules: Rules = {
  ...{ group: optional(aText), port: optional(aPort), interface: optional(aText), ttl: optional(aCount) },
}

export const gossipRouterRules: Rules = {
  ...{ hosts: optional(listOf(aText)), port: optional(aPort), connectionsMax: optional(aCount) },
  ...{ unreadMax: optional(aCount), logger: optional(anObject), frameMax: optional(aCount) },
  ...{ registrationsPerConnection: optional(aCount), registrationsMax: optional(aCount) },
  ...{ expiryMs: optional(milliseconds), suspects: optional(aFlag) },
}
