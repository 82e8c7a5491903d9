import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { type DaemonProcess, fromSource, hasMembers, RingFiles } from './daemon-process.ts'
import { buildLaterVersion, type LaterVersion } from './later-version.ts'
import { storedRecord } from './stored-record.ts'

let laterVersion: LaterVersion
const running = new Map<number, DaemonProcess>()
let files: RingFiles

beforeAll(async () => {
  laterVersion = await buildLaterVersion()
})

afterAll(() => laterVersion.remove())

afterEach(async () => {
  for (const daemon of running.values()) {
    daemon.signal('SIGKILL')
    await daemon.ended
  }
  running.clear()
  files.remove()
})

const nameOf = (index: number) => `127.0.0.1:${files.servers[index]!.ctlPort}`

async function start(index: number, version: 'this' | 'later', members: number): Promise<void> {
  const daemon = files.server(index, version === 'this' ? fromSource : laterVersion.daemon)
  running.set(index, daemon)
  await daemon.event('view.installed', hasMembers(members))
}

async function stop(index: number, members: number): Promise<void> {
  const daemon = running.get(index)!
  running.delete(index)
  daemon.signal('SIGTERM')
  expect(await daemon.ended).toMatchObject({ code: 0 })
  await Promise.all([...running.values()].map((other) => other.event('view.installed', hasMembers(members))))
}

const stored = (index: number, members: number) => storedRecord(files, index, members)

/** What the later version put into the record when it began. */
const keptSince = (born: number) => ({ tenure: { of: 'a' }, view: { tenants: [1, 2] }, state: { born } })
const blue = (index: number) => ({ name: nameOf(index), colour: 'blue' })

it('S1, F6: this version and a later one coordinate in turn: nothing of what the later one agreed is lost', async () => {
  files = new RingFiles(3)
  await Promise.all([start(0, 'later', 2), start(2, 'later', 2)])
  await start(1, 'this', 3)
  const { born } = (await stored(0, 3)).state as { readonly born: number }
  const kept = keptSince(born)
  for (const index of [0, 1, 2]) expect(await stored(index, 3)).toMatchObject(kept)

  // The oldest of this version coordinates while somebody of the later one goes and comes back under it.
  const order = ((await stored(0, 3)).view as unknown as { members: { name: string }[] }).members.map(
    ({ name }) => name,
  )
  for (const index of [0, 2].sort((one, other) => order.indexOf(nameOf(one)) - order.indexOf(nameOf(other)))) {
    await stop(index, 2)
    await start(index, 'later', 3)
  }
  for (const index of [0, 1, 2]) {
    const record = await stored(index, 3)
    expect(record).toMatchObject(kept)
    const { members } = record.view as unknown as { members: { name: string }[] }
    expect(members[0]).toEqual(expect.not.objectContaining({ colour: 'blue' }))
    expect(members[0]!.name).toBe(nameOf(1))
    expect(members.slice(1)).toEqual(
      expect.arrayContaining([0, 2].map((one) => expect.objectContaining(blue(one)) as unknown)),
    )
  }

  // And the later one again, from what this one left.
  await stop(1, 2)
  await start(1, 'this', 3)
  for (const index of [0, 1, 2]) expect(await stored(index, 3)).toMatchObject(kept)
})
