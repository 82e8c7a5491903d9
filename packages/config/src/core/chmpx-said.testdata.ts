/** What a print of a configuration, as chmpxconftest makes it, says other than nothing or the default. */
export interface Said {
  readonly global: Readonly<Record<string, string>>
  readonly nodes: readonly Readonly<Record<string, string>>[]
}

const defaults: Readonly<Record<string, string>> = {
  'SELF CUK': 'n/a',
  'CHMPXID TYPE': 'NAME',
  MAXCHMPX: '1024',
  REPLICA: '0',
  MAXMQSERVER: '1',
  MAXMQCLIENT: '8192',
  MQPERATTACH: '1',
  MAXQPERSERVERMQ: '8',
  MAXQPERCLIENTMQ: '1',
  MAXMQPERCLIENT: '1',
  MAXHISTLOG: '8192',
  RWTIMEOUT: '0',
  RETRYCNT: '-1',
  CONTIMEOUT: '0',
  MQRWTIMEOUT: '0',
  MQRETRYCNT: '3',
  MQACK: 'on',
  DOMERGE: 'off',
  AUTOMERGE: 'off',
  MERGETIMEOUT: '0',
  SOCKTHREADCNT: '0',
  MQTHREADCNT: '0',
  MAXSOCKPOOL: '1',
  SOCKPOOLTIMEOUT: '60',
  K2HFULLMAP: 'yes',
  K2HMASKBIT: '8',
  K2HCMASKBIT: '4',
  K2HMAXELE: '32',
  SSL_MIN_VER: 'DEFAULT',
  NSSDB_DIR: 'n/a',
}

/**
 * The print in short. DATE is left out: CHMPX is an hour off by chance from run to run. A line break at the end of a text,
 * which CHMPX keeps of a block of YAML, is not seen.
 */
export function said(print: string): Said {
  const global: Record<string, string> = {}
  const nodes: Record<string, string>[] = []
  let into = global
  let list: string | undefined
  for (const line of print.split('\n')) {
    const node = /^\t(server|slave)\[/.exec(line)
    const pair = /^\t+([A-Z0-9_ ]+?) *= (.*)$/.exec(line)
    if (node !== null) {
      into = { kind: node[1]! }
      nodes.push(into)
    } else if (pair !== null) {
      const [, key, value] = pair as unknown as [string, string, string]
      if (value === '{') list = key
      else if (key !== 'DATE' && value !== 'n/a' && !(into === global && defaults[key] === value)) into[key] = value
    } else if (list !== undefined) {
      if (/^\t+\}/.test(line)) list = undefined
      else into[list] = [into[list], line.trim()].filter((item) => item !== undefined).join(', ')
    }
  }
  return { global, nodes }
}
