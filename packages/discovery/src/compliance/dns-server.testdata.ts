import { createSocket, type Socket } from 'node:dgram'

/** A record of the test's name server. */
export type DnsRecord =
  | { readonly type: 'A' | 'AAAA'; readonly address: Uint8Array }
  | { readonly type: 'SRV'; readonly target: string; readonly port: number }

const numbers = { A: 1, AAAA: 28, SRV: 33 } as const

/** A name server over UDP, of the size that a test needs: answers from a table, and can be made silent. */
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
    let at = 12
    const labels: string[] = []
    while (query[at] !== 0) {
      const length = query[at]!
      labels.push(query.subarray(at + 1, at + 1 + length).toString())
      at += 1 + length
    }
    const question = query.subarray(12, at + 5)
    const type = query.readUInt16BE(at + 1)
    const all = this.records.get(labels.join('.').toLowerCase())
    const found = (all ?? []).filter((record) => numbers[record.type] === type)
    const header = Buffer.alloc(12)
    query.copy(header, 0, 0, 2)
    header.writeUInt16BE(all ? 0x8580 : 0x8583, 2)
    header.writeUInt16BE(1, 4)
    header.writeUInt16BE(found.length, 6)
    return Buffer.concat([header, question, ...found.map((record) => answerOf(record, type))])
  }
}

function answerOf(record: DnsRecord, type: number): Buffer {
  const data = record.type === 'SRV' ? serviceData(record.target, record.port) : Buffer.from(record.address)
  const head = Buffer.alloc(12)
  // The name of the question, class IN, five seconds.
  head.writeUInt16BE(0xc00c, 0)
  head.writeUInt16BE(type, 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt32BE(5, 6)
  head.writeUInt16BE(data.length, 10)
  return Buffer.concat([head, data])
}

function serviceData(target: string, port: number): Buffer {
  const head = Buffer.alloc(6)
  head.writeUInt16BE(port, 4)
  const labels = target.split('.').map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]))
  return Buffer.concat([head, ...labels, Buffer.from([0])])
}
