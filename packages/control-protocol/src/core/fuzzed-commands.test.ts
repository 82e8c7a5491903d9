import { below, type Random } from '@ring/platform'
import { SeededRandom } from '@ring/testkit'
import { describe, expect, it } from 'vitest'
import { CountingTarget, capturedDump } from '../counting-target.testdata.ts'
import { CommandGathering, commandBytesMax } from './command-gathering.ts'
import { allCommands } from './commands/all-commands.ts'
import type { Access } from './commands/command-table.ts'
import { dispatch } from './commands/dispatcher.ts'
import { TraceLog } from './trace-log.ts'

const inputs = 100_000
const valid = [
  ...['VERSION', 'SELFSTATUS', 'ALLSTATUS JSON', 'DUMP', 'UPDATESTATUS', 'SERVICEIN', 'MERGE --wait', 'COMPMERGE JSON'],
  ...['SERVICEOUT 10.99.0.1:9031', 'SERVICEOUT 10.99.0.1:9031 FORCE', 'ABORTMERGE', 'SUSPEND', 'NOSUSPENDMERGE WAIT'],
  ...['TRACE enable', 'TRACEVIEW DIR=IN DEV=MQ 3', 'HELP SERVICEOUT', 'MERGE PLAN', 'KEEP', 'TOKEN x', 'QUIT'],
]

/** Bytes that are a command, nearly one, or nothing at all. */
function fuzzed(random: Random): Uint8Array {
  const lines = Array.from({ length: 1 + below(random, 3) }, () => valid[below(random, valid.length)]!)
  const bytes = new TextEncoder().encode(lines.join(['\n', '\0', '\r\n', ''][below(random, 4)]))
  const kind = below(random, 10)
  // Noise, short or far beyond the bound.
  if (kind === 0) return Uint8Array.from({ length: below(random, 40) }, () => below(random, 256))
  if (kind === 1 && below(random, 20) === 0)
    return new Uint8Array(below(random, 3 * commandBytesMax)).fill(below(random, 256))
  const mutated = [...bytes]
  for (let changes = below(random, 4); changes > 0; changes--) {
    const at = below(random, mutated.length + 1)
    mutated.splice(at, below(random, 3), ...(below(random, 2) === 0 ? [below(random, 256)] : []))
  }
  return Uint8Array.from(mutated)
}

/** What a status command prints is not what is tested here. */
class FewServers extends CountingTarget {
  override told = { ...capturedDump, servers: capturedDump.servers.slice(1, 2), slaves: [] }
}

class FuzzedNode {
  readonly target = new FewServers()
  readonly trace = new TraceLog(10)
  readonly #table = allCommands(this.target, this.trace)
  readonly #context = { from: 'fuzz', connections: 1, signal: new AbortController().signal }
  commands = 0
  repliedMax = 0
  heldMax = 0

  /** What a connection does with it, piece by piece. */
  async take(bytes: Uint8Array, access: Access, random: Random): Promise<void> {
    const gathering = new CommandGathering({
      isCommand: (word) => this.#table.find(word) !== undefined,
      timeoutMs: 5000,
    })
    gathering.await(0)
    let nowMs = 0
    for (let from = 0; from < bytes.length; ) {
      const until = from + 1 + below(random, bytes.length - from)
      gathering.onBytes(bytes.subarray(from, until), nowMs)
      from = until
      nowMs += below(random, 4) * 100
      await this.#runAll(gathering, access, nowMs)
      this.heldMax = Math.max(this.heldMax, gathering.heldBytes)
    }
    if (below(random, 2) === 0) gathering.onEnd()
    await this.#runAll(gathering, access, nowMs + 5000)
    if (gathering.heldBytes > 0) throw new Error('bytes are kept of a command that is over')
  }

  async #runAll(gathering: CommandGathering, access: Access, nowMs: number): Promise<void> {
    for (let next = gathering.take(nowMs); next !== undefined; next = gathering.take(nowMs)) {
      if (next.kind === 'nothing' && gathering.heldBytes === 0) return
      if (next.kind !== 'command') continue
      this.commands++
      const before = this.target.executed.length
      const dispatched = dispatch(this.#table, next.line, access)
      const reply = 'reply' in dispatched ? dispatched.reply : await dispatched.run(this.#context)
      this.repliedMax = Math.max(this.repliedMax, reply.length)
      if (reply.length === 0 || !reply.endsWith('\n')) throw new Error(`no reply to ${JSON.stringify(next.line)}`)
      const did = this.target.executed.slice(before)
      // Whatever changed, was asked for by its name.
      for (const { name } of did)
        expect(`${next.line} `.toUpperCase()).toMatch(new RegExp(`^(${name}|${name.replace('MERGE', '')})\\s`))
    }
  }
}

describe('A6: a fuzzed control port', () => {
  it(`takes ${inputs} random and mutated inputs of who may look: none crashes it, makes it hold more, or changes anything`, async () => {
    const random = new SeededRandom(12)
    const node = new FuzzedNode()
    for (let number = 0; number < inputs; number++) await node.take(fuzzed(random), 'read', random)
    expect(node.target.executed.filter(({ plan }) => !plan)).toEqual([])
    expect(node.trace.isEnabled).toBe(false)
    expect(node.heldMax).toBeLessThanOrEqual(commandBytesMax)
    expect(node.repliedMax).toBeLessThan(20_000)
    // Most of them are commands, or nearly: else this would test nothing.
    expect(node.commands).toBeGreaterThan(inputs)
  })

  it('of who may change, only what is named is done', async () => {
    const random = new SeededRandom(13)
    const node = new FuzzedNode()
    for (let number = 0; number < 20_000; number++) await node.take(fuzzed(random), 'change', random)
    expect(node.target.executed.length).toBeGreaterThan(1000)
  })
})
