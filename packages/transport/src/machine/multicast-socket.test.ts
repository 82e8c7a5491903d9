import { type DatagramSource, type Multicast, silent } from '@ring/platform'
import { afterEach, describe, expect, it } from 'vitest'
import { type MulticastSocketOptions, multicastSocket } from './multicast-socket.ts'

/** Behind the name of a test, for the closing lines of a run. */
const onWindows = process.platform === 'win32' ? ' (skipped: Windows hears every group of a port)' : ''

const open: Multicast[] = []

afterEach(() => {
  for (const one of open.splice(0)) one.close()
})

const port = 46_000 + (process.pid % 1000)

interface Heard {
  readonly text: string
  readonly from: DatagramSource
}

function socket(more: Partial<MulticastSocketOptions> = {}) {
  const heard: Heard[] = []
  const options = { group: '239.192.81.99', port, interface: '127.0.0.1', ...more }
  const medium = multicastSocket(options, (bytes, from) => heard.push({ text: Buffer.from(bytes).toString(), from }))
  open.push(medium)
  return { medium, heard, texts: () => heard.map(({ text }) => text) }
}

async function until(condition: () => boolean, again: () => void = () => undefined): Promise<void> {
  while (!condition()) {
    again()
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

describe('multicast on sockets', () => {
  it('B2: all of a group hear what one says, on one machine too; an answer reaches that one only', async () => {
    const [a, b, c] = [socket(), socket(), socket()]
    const everybody = () => [a, b, c].every(({ texts }) => texts().includes('who?'))
    await until(everybody, () => a.medium.cast(Buffer.from('who?')))
    const { from } = b.heard[0]!
    b.medium.answer(from, Buffer.from('me'))
    await until(() => a.texts().includes('me'))
    expect([b, c].flatMap(({ texts }) => texts())).not.toContain('me')
    expect(a.heard.find(({ text }) => text === 'me')!.from.port).not.toBe(port)
  })

  it.runIf(process.platform !== 'win32')(`B2: another group on the same port is not heard${onWindows}`, async () => {
    const [a, other] = [socket(), socket({ group: '239.192.81.98' })]
    await until(
      () => other.texts().length > 0,
      () => {
        a.medium.cast(Buffer.from('a'))
        other.medium.cast(Buffer.from('other'))
      },
    )
    expect(other.texts()).not.toContain('a')
  })

  it('B2: what is too long is a mistake of the caller', () => {
    expect(() => socket().medium.cast(new Uint8Array(1201))).toThrow(RangeError)
  })

  it('B2: where the network gives no multicast, it is said once and tried again', async () => {
    const lines: object[] = []
    const logger = { ...silent, warn: (fields: object) => lines.push(fields) }
    const { medium } = socket({ interface: '203.0.113.1', logger })
    medium.cast(Buffer.from('x'))
    await until(() => lines.length > 0)
    await new Promise((resolve) => setTimeout(resolve, 700))
    expect(lines).toMatchObject([{ event: 'multicast.failed', interface: '203.0.113.1' }])
    medium.close()
    medium.close()
  })
})
