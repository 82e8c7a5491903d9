import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AcknowledgedWrites } from './acknowledged-writes.ts'
import { KeepingRing, upIn } from './keeping-ring.ts'

/** Who takes which part in a merge: the giver's reads are held back, so others have given what they give. */
type Role = 'coordinator' | 'gainer' | 'giver' | 'holder'
type Parts = Readonly<Record<Role, string>>

const ring = new KeepingRing()
let writes: AcknowledgedWrites

beforeAll(async () => {
  writes = new AcknowledgedWrites(await ring.start())
})

afterAll(() => ring.end())

async function partsOf(): Promise<Parts> {
  const coordinator = (await ring.dump(ring.names[0]!)).ring!.coordinator!
  const [gainer, giver, holder] = ring.names.filter((name) => name !== coordinator)
  return { coordinator, gainer: gainer!, giver: giver!, holder: holder! }
}

/** Kills one while keys are copied, or while they are closed; to the rest after it, and to that with it again. */
async function killed(role: Role, phase: 'copying' | 'closing'): Promise<void> {
  const parts = await partsOf()
  const { coordinator, gainer, giver } = parts
  const rest = ring.names.filter((name) => name !== parts[role])
  writes.goOn()
  expect(await ring.ask(`SERVICEOUT ${gainer} WAIT`, coordinator)).toMatch(/^SUCCEED/)
  await ring.rests(ring.names.filter((name) => name !== gainer))
  await writes.some(60)
  ring.keepers.get(giver)!.order(phase === 'copying' ? 'hold-copying' : 'hold-closed')
  const holds = ring.keepers.get(giver)!.says('holds')
  expect(await ring.ask('SERVICEIN', gainer)).toMatch(/^SUCCEED/)
  await holds
  await ring.until(rest[0]!, ({ ring: insight }) => insight?.merge?.phase === phase)
  await ring.kill(parts[role])
  await ring.until(rest[0]!, (dump) => !upIn(dump).includes(parts[role]))
  if (role !== 'giver') ring.keepers.get(giver)!.order('go-on')
  await ring.rests(rest)
  await writes.some(20)
  expect(await writes.lost()).toEqual([])
  writes.goOn()
  await ring.restart(parts[role])
  await writes.some(60)
  expect(await writes.lost()).toEqual([])
}

describe('R1, A10: kill -9 in the middle of a merge loses nothing that two servers have answered', () => {
  it.each<Role>(['gainer', 'giver', 'holder', 'coordinator'])(
    'the %s, while keys are copied, and while they are closed',
    async (role) => {
      await killed(role, 'copying')
      await killed(role, 'closing')
    },
  )
})
