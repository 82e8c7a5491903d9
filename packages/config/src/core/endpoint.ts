import { absent, broken, type Field, type FieldOptions, type FieldValue, fieldOf, given } from './field.ts'
import { itemsOf } from './list-field.ts'

/** `host[:port]`: where a node can be dialled, or whom it may be seen as. */
export interface Endpoint {
  readonly host: string
  readonly port: number | undefined
}

const most = 4

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

/** A list of at most four endpoints, as CHMPX allows. */
export function endpoints<Options extends FieldOptions<readonly Endpoint[]>>(
  options: Options,
): Field<FieldValue<readonly Endpoint[], Options>> {
  const accepts = `at most ${most} times host[:port]`
  const convert = (raw: string | readonly string[]) => {
    const items = itemsOf(raw)
    if (items.length === 0) return absent
    const read = items.map(endpointOf)
    if (items.length > most || read.includes(undefined)) return broken(`must be ${accepts}`)
    return given(read.filter((endpoint) => endpoint !== undefined))
  }
  const show = (value: readonly Endpoint[]) => value.map(formatEndpoint).join(', ')
  return fieldOf<readonly Endpoint[], Options>('list of host[:port]', options, convert, { accepts, show })
}
