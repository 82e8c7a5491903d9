import { describe, expect, it } from 'vitest'
import type { Field } from './sections/field.ts'
import { globalSection } from './sections/global-section.ts'
import { type AnySection, keyOf } from './sections/section.ts'
import { serverSection } from './sections/server-section.ts'
import { slaveSection } from './sections/slave-section.ts'

const fieldsOf = (section: AnySection): ReadonlyMap<string, Field<unknown>> =>
  new Map(Object.entries<Field<unknown>>(section.fields).map(([name, field]) => [keyOf(name, field), field]))
const keysOf = (section: AnySection) => [...fieldsOf(section).keys()].sort()

const required = Symbol('required')
const tls = ['CAPATH', 'SERVER_CERT', 'SERVER_PRIKEY', 'SLAVE_CERT', 'SLAVE_PRIKEY']

/** CHMPX's defaults; where it has none, undefined. */
const defaults: Readonly<Record<string, unknown>> = {
  GROUP: required,
  FILEVERSION: required,
  DATE: { epochMs: 0, zoneMinutes: 0 },
  MODE: undefined,
  DELIVERMODE: required,
  CHMPXIDTYPE: 'NAME',
  MAXCHMPX: 1024,
  REPLICA: 0,
  MAXMQSERVER: 1,
  MAXMQCLIENT: 8192,
  MQPERATTACH: 1,
  MAXQPERSERVERMQ: 8,
  MAXQPERCLIENTMQ: 1,
  MAXMQPERCLIENT: 1,
  MAXHISTLOG: 8192,
  PORT: undefined,
  CTLPORT: undefined,
  SELFCTLPORT: undefined,
  SELFCUK: undefined,
  RWTIMEOUT: 0,
  RETRYCNT: -1,
  CONTIMEOUT: 0,
  MQRWTIMEOUT: 0,
  MQRETRYCNT: 3,
  MQACK: true,
  AUTOMERGE: false,
  DOMERGE: false,
  MERGETIMEOUT: 0,
  SOCKTHREADCNT: 0,
  MQTHREADCNT: 0,
  MAXSOCKPOOL: 1,
  SOCKPOOLTIMEOUT: 60,
  SSL: false,
  SSL_VERIFY_PEER: false,
  SSL_MIN_VER: 'DEFAULT',
  NSSDB_DIR: undefined,
  ...Object.fromEntries(tls.map((key) => [key, undefined])),
  K2HFULLMAP: true,
  K2HMASKBIT: 8,
  K2HCMASKBIT: 4,
  K2HMAXELE: 32,
}

/** The least of each number, and the most, to which CHMPX cuts it. */
const cut: readonly (readonly [string, number, number])[] = [
  ['MAXCHMPX', 1, 32_768],
  ['REPLICA', 0, 32_768],
  ['MAXMQSERVER', 1, 128],
  ['MAXMQCLIENT', 1, 32_640],
  ['MQPERATTACH', 1, 128],
  ['MAXQPERSERVERMQ', 1, 128],
  ['MAXQPERCLIENTMQ', 1, 128],
  ['MAXMQPERCLIENT', 1, 128],
  ['MAXHISTLOG', 0, 32_768],
]

/** The least and the most of each number that Ring bounds. */
const ranges: readonly (readonly [string, number, number])[] = [
  ['PORT', 1, 65_535],
  ['CTLPORT', 1, 65_535],
  ['SELFCTLPORT', 1, 65_535],
]

describe("A1: CHMPX's keys", () => {
  it('A1: [GLOBAL] has every key, with the default of CHMPX', () => {
    const fields = fieldsOf(globalSection)
    const found = [...fields].map(([key, { presence }]) => {
      if (presence.kind === 'required') return [key, required]
      return [key, presence.kind === 'default' ? presence.value : undefined]
    })
    expect(Object.fromEntries(found)).toEqual(defaults)
  })

  it.each(ranges)('A1: %s is at least %d and at most %d', (key, least, most) => {
    const field = fieldsOf(globalSection).get(key)!
    const kindOf = (value: number) => field.convert(String(value), { resolvePath: (path) => path }).kind
    expect([least - 1, least, most, most + 1].map(kindOf)).toEqual(['broken', 'value', 'value', 'broken'])
  })

  it.each(cut)('A1: %s is at least %d and cut to %d, with a warning', (key, least, most) => {
    const field = fieldsOf(globalSection).get(key)!
    const converted = (value: number) => field.convert(String(value), { resolvePath: (path) => path })
    expect(converted(least - 1).kind).toBe('broken')
    expect(converted(most)).toEqual({ kind: 'value', value: most })
    const remark = `is more than ${most}; ${most} holds, as in CHMPX`
    expect(converted(most + 1)).toEqual({ kind: 'value', value: most, remark })
  })

  it('A1: [SVRNODE] and [SLVNODE] have every key', () => {
    const both = ['NAME', 'CTLPORT', 'CUK', 'CUSTOM_ID_SEED', 'CTLENDPOINTS', 'FORWARD_PEERS', 'REVERSE_PEERS']
    expect(keysOf(serverSection)).toEqual([...both, ...tls, 'PORT', 'ENDPOINTS', 'SSL', 'SSL_VERIFY_PEER'].sort())
    expect(keysOf(slaveSection)).toEqual([...both, 'CAPATH', 'SLAVE_CERT', 'SLAVE_PRIKEY'].sort())
  })
})
