import { absent, broken, type Field, type FieldOptions, type FieldValue, fieldOf, given } from '../sections/field.ts'
import { itemsOf } from '../sections/list-field.ts'

/** `host[:port]`: where a node can be dialled, or whom it may be seen as. */
export interface Endpoint {
  readonly host: string
  readonly port: number | undefined
}

/** CHMPX speaks of four and takes more. */
const most = 64

/** Reads `host`, `host:port`, `::1`, `[::1]` and `[::1]:port`; undefined when it is none of these. */
export function endpointOf(text: string): Endpoint | undefined {
  const parts = /^(?:\[([0-9a-f:.%]{2,60})\]|([^\s:[\]]{1,255}))(?::(\d{1,5}))?$/i.exec(text)
  if (parts === null)
    return /^(?=(?:[^:]*:){2})[0-9a-f:.]{2,60}$/i.test(text) ? { host: text, port: undefined } : undefined
  const host = parts[1] ?? parts[2]!
  if (parts[3] === undefined) return { host, port: undefined }
  const port = Number(parts[3])
  return port >= 1 && port <= 65535 ? { host, port } : undefined
}

/** `host[:port]`, with brackets around an IPv6 host that has a port. */
export function formatEndpoint({ host, port }: Endpoint): string {
  if (port === undefined) return host
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** A list of endpoints; one that cannot be read is left out with a warning, as in CHMPX. */
export function endpoints<Options extends FieldOptions<readonly Endpoint[]>>(
  options: Options,
): Field<FieldValue<readonly Endpoint[], Options>> {
  const accepts = `at most ${most} times host[:port]`
  const convert = (raw: string | readonly string[]) => {
    const items = itemsOf(raw)
    if (items.length === 0) return absent
    if (items.length > most) return broken(`must be ${accepts}`)
    const read = items.map(endpointOf)
    const endpoints = read.filter((endpoint) => endpoint !== undefined)
    if (endpoints.length === 0) return broken(`must be ${accepts}`)
    const left = items.filter((_, index) => read[index] === undefined)
    return given(endpoints, left.length === 0 ? undefined : `${left.join(', ')} is no host[:port] and is left out`)
  }
  const show = (value: readonly Endpoint[]) => value.map(formatEndpoint).join(', ')
  return fieldOf<readonly Endpoint[], Options>('list of host[:port]', options, convert, { accepts, show })
}
