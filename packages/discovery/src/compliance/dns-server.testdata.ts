import { createSocket, type Socket } from 'node:dgram'
import { type Answer, AUTHORITATIVE_ANSWER, decode, encode } from 'dns-packet'

/** A record of the test's name server. */
export type DnsRecord =
  | { readonly type: 'A' | 'AAAA'; readonly address: string }
  | { readonly type: 'SRV'; readonly target: string; readonly port: number }

/** RCODE 3 of RFC 1035. */
const noSuchName = 3
/** Seconds. */
const ttl = 5

/** A name server over UDP: answers from a table, and can be made silent. */
export class DnsServer {
  readonly records = new Map<string, DnsRecord[]>()
  isSilent = false
  queries = 0
  #socket: Socket | undefined
  #port = 0

  async start(): Promise<void> {
    const socket = createSocket('udp4')
    socket.on('message', (query, { address, port }) => {
      this.queries += 1
      if (!this.isSilent) socket.send(this.#answer(query), port, address)
    })
    await new Promise<void>((resolve) => {
      socket.bind(this.#port, '127.0.0.1', resolve)
    })
    this.#port = socket.address().port
    this.#socket = socket
  }

  get address(): string {
    return `127.0.0.1:${this.#port}`
  }

  add(name: string, record: DnsRecord): void {
    this.records.set(name, [...(this.records.get(name) ?? []), record])
  }

  stop(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#socket) this.#socket.close(() => resolve())
      else resolve()
      this.#socket = undefined
    })
  }

  #answer(query: Buffer): Buffer {
    const { id, questions = [] } = decode(query)
    const [question] = questions
    const name = question?.name.toLowerCase() ?? ''
    const all = this.records.get(name)
    const answers = (all ?? []).filter(({ type }) => type === question?.type).map((record) => answerOf(name, record))
    return encode({ type: 'response', id, questions, answers, flags: AUTHORITATIVE_ANSWER | (all ? 0 : noSuchName) })
  }
}

function answerOf(name: string, record: DnsRecord): Answer {
  if (record.type !== 'SRV') return { type: record.type, name, ttl, data: record.address }
  return { type: 'SRV', name, ttl, data: { target: record.target, port: record.port } }
}
