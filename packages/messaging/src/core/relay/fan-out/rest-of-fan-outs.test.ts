import type { Routing } from '@ring/placement'
import { describe, expect, it } from 'vitest'
import { CollectingLink, frame, type Given } from '../../../simulation/collecting-link.ts'
import { Flag, FrameType, Offset, readU32, readU48 } from '../../frames/frame-header.ts'
import { Status } from '../../frames/status.ts'
import { Relay } from '../relay.ts'

const names = ['s0', 's1', 's2']

/** One partition, which belongs to these servers. */
const routing = (version: number, row: readonly number[], incarnation = 1): Routing => ({
  ...({ version, epoch: version, mode: 'hash', strategy: 'ring', partitions: 1, width: 3 } as const),
  servers: names.map((name) => ({ name, incarnation, address: '', up: true })),
  owners: Uint16Array.from([...row, 0xffff, 0xffff, 0xffff].slice(0, 3)),
  changedAt: Float64Array.of(version),
})

/** A slave with a program that asks, and links to the servers. */
function slave(moves = true) {
  const relay = new Relay(undefined, 0)
  const asker = new CollectingLink()
  const port = relay.attachProgram(asker, 'asker', false, false, { knows: true, credit: true, moves })
  const links = names.map(() => new CollectingLink())
  const ports = links.map((link, place) => relay.attachServer(link, names[place]!, 1, true, true))
  relay.setRouting(routing(1, [0, 1]))
  const replicate = (given: Given): void => {
    const bytes = frame(FrameType.replicate, { slot: 1, requestId: 7, ...given })
    relay.onFrames(port, bytes, 0, bytes.length)
  }
  /** What a server was asked last. */
  const taken = (place: number): Buffer | undefined => links[place]!.take()[0]
  const answer = (place: number, request: Buffer, status = 0, version = 0): void => {
    const exchange = { slot: readU32(request, Offset.slot), generation: readU32(request, Offset.generation) }
    const bytes = frame(status === 0 ? FrameType.reply : FrameType.failed, { ...exchange, status, stamp: version })
    relay.onFrames(ports[place]!, bytes, 0, bytes.length)
  }
  const answers = () =>
    asker.take().map((one) => ({
      status: one[Offset.type] === FrameType.failed ? readU32(one, Offset.status) : 0,
      isLast: (one[Offset.flags]! & Flag.notLast) === 0,
      server: readU32(one, Offset.server),
      version: readU48(one, Offset.tableVersion),
    }))
  return { relay, replicate, taken, answer, answers }
}

describe('the rest of a REPLICATE', () => {
  it('D4: goes to the servers of the new row that have not had it', () => {
    const { relay, replicate, taken, answer, answers } = slave()
    replicate({ stamp: 1 })
    answer(0, taken(0)!)
    answer(1, taken(1)!, Status.moved, 2)
    expect(answers()).toMatchObject([
      { status: 0, isLast: false, server: 0 },
      { status: Status.moved, isLast: true, server: 1, version: 2 },
    ])
    relay.setRouting(routing(2, [2, 0]))
    replicate({ stamp: 2, generation: 2, flags: Flag.rest })
    expect([taken(0), taken(1)]).toEqual([undefined, undefined])
    const rest = taken(2)!
    // To a server it is a request like any other.
    expect([rest[Offset.type], rest[Offset.flags]! & Flag.rest]).toEqual([FrameType.request, 0])
    answer(2, rest)
    expect(answers()).toMatchObject([{ status: 0, isLast: true, server: 2 }])
  })

  it('D4: goes to one that answered MOVED and is in the new row, since it has not had it; and on, as often as it moves', () => {
    const { relay, replicate, taken, answer } = slave()
    replicate({ stamp: 1 })
    answer(0, taken(0)!, Status.moved, 2)
    answer(1, taken(1)!)
    relay.setRouting(routing(2, [2, 0, 1]))
    replicate({ stamp: 2, generation: 2, flags: Flag.rest })
    const [again, fresh] = [taken(0)!, taken(2)!]
    expect(taken(1)).toBeUndefined()
    answer(0, again, Status.moved, 3)
    answer(2, fresh)
    relay.setRouting(routing(3, [0, 1, 2]))
    replicate({ stamp: 3, generation: 3, flags: Flag.rest })
    expect([taken(0) !== undefined, taken(1), taken(2)]).toEqual([true, undefined, undefined])
  })

  it('K1: a server that has had it is not asked again in another life: what became of it there has been said', () => {
    const { relay, replicate, taken, answer, answers } = slave()
    replicate({ stamp: 1 })
    answer(0, taken(0)!)
    answer(1, taken(1)!, Status.moved, 2)
    answers()
    const link = new CollectingLink()
    relay.attachServer(link, 's0', 2, true, true)
    relay.setRouting(routing(2, [0], 2))
    replicate({ stamp: 2, generation: 2, flags: Flag.rest })
    expect(link.take()).toHaveLength(0)
    expect(answers()).toEqual([{ status: Status.moved, isLast: true, server: 0xffff_ffff, version: 0 }])
  })

  it('D4: where nobody is left, says that this is all', () => {
    const { relay, replicate, taken, answer, answers } = slave()
    replicate({ stamp: 1 })
    answer(0, taken(0)!)
    answer(1, taken(1)!, Status.moved, 2)
    answers()
    relay.setRouting(routing(2, [0]))
    replicate({ stamp: 2, generation: 2, flags: Flag.rest })
    expect(answers()).toEqual([{ status: Status.moved, isLast: true, server: 0xffff_ffff, version: 0 }])
  })

  it('K1: asks nobody when it is not known who has had it, and says that it may have been delivered', () => {
    const { replicate, taken, answers } = slave()
    replicate({ stamp: 1, flags: Flag.rest })
    expect([taken(0), taken(1)]).toEqual([undefined, undefined])
    expect(answers()).toMatchObject([{ status: Status.linkLost, isLast: true, server: 0xffff_ffff }])
  })

  it('K1: memory for who has had what is bounded', () => {
    const { relay, replicate, taken, answer, answers } = slave()
    const ask = (requestId: number): void => {
      replicate({ stamp: 1, requestId })
      answer(0, taken(0)!)
      answer(1, taken(1)!, Status.moved, 2)
    }
    for (let requestId = 0; requestId <= 4_096; requestId++) ask(requestId)
    answers()
    relay.setRouting(routing(2, [0, 2]))
    replicate({ stamp: 2, requestId: 0, flags: Flag.rest })
    expect(answers()).toMatchObject([{ status: Status.linkLost }])
    replicate({ stamp: 2, requestId: 1, flags: Flag.rest })
    expect([taken(0), taken(2) !== undefined]).toEqual([undefined, true])
  })

  it('K2: a REPLICATE does not overtake what came before it in one read', () => {
    const relay = new Relay(undefined, 0)
    const port = relay.attachProgram(new CollectingLink(), 'asker', false)
    const link = new CollectingLink()
    relay.attachServer(link, 's0', 1)
    relay.setRouting(routing(1, [0]))
    const asked = [FrameType.request, FrameType.replicate, FrameType.request]
    const bytes = new Uint8Array(
      Buffer.concat(asked.map((type, place) => frame(type, { slot: place, requestId: place, stamp: 1 }))),
    )
    relay.onFrames(port, bytes, 0, bytes.length)
    expect(link.take().map((one) => readU32(one, Offset.requestId))).toEqual([0, 1, 2])
  })
})
