import {
  type Applicant,
  type GroupRecord,
  type GroupStanding,
  type MergedSides,
  type MergePort,
  membersMax,
} from '@ring/gms'
import { address, incarnation, nodeName } from '@ring/platform'
import { describe, expect, it } from 'vitest'
import { Lead } from './lead.ts'

const lives = (side: string, count: number): readonly Applicant[] =>
  Array.from({ length: count }, (_, at) => ({
    name: nodeName(`${side}${at}:1`),
    incarnation: incarnation(1),
    address: address(`${side}${at}:1`),
    voterId: `${side}${at}`,
  }))

const standing = (side: string, size: number): GroupStanding => ({
  ...{ lineage: side, version: 7, size, coordinator: nodeName(`${side}0:1`) },
})

/** A leader of so many members, whom sides of these sizes answer. */
function lead(own: number, sizes: Readonly<Record<string, number>>) {
  const members = lives('own', own).map((life) => ({ ...life, why: 'joined' as const }))
  const took: { lives: readonly Applicant[]; sides: MergedSides }[] = []
  const sent: { to: string; type: string; id: string }[] = []
  const port = {
    random: { uint32: () => 1, float: () => 0.5, fill: (bytes: Uint8Array) => bytes },
    record: () => ({ lineage: 'own', version: 3, view: { members, barred: [] } }) as unknown as GroupRecord,
    send: (to: string, message: { type: string; id: string }) => sent.push({ to, ...message }),
    takeIn: (applicants: readonly Applicant[], sides: MergedSides) => took.push({ lives: applicants, sides }) > 0,
    ...{ hold: () => {}, release: () => {}, setAlarm: () => {}, clearAlarm: () => {} },
  } as unknown as MergePort
  const ends: boolean[] = []
  const attempt = new Lead(port, (tookIn) => ends.push(tookIn))
  for (const [side, size] of Object.entries(sizes)) attempt.ask(standing(side, size), standing('own', own))
  for (const [side, size] of Object.entries(sizes))
    attempt.onAnswer(nodeName(`${side}0:1`), sent[0]!.id, standing(side, size), lives(side, size))
  const cancelled = sent.filter(({ type }) => type === 'merge.cancel').map(({ to }) => to)
  return { took, ends, cancelled }
}

describe('M6: a merged view has a size that can be sent', () => {
  it('takes in as many as there is room for, of the larger side first', () => {
    const { took, ends, cancelled } = lead(1000, { x: 14, y: 20 })
    expect(took).toHaveLength(1)
    expect(took[0]!.lives.map(({ name }) => name)).toEqual(
      [...lives('y', 20), ...lives('x', 4)].map(({ name }) => name),
    )
    expect(took[0]!.sides.map(({ lineage, members }) => [lineage, members.length])).toEqual([
      ['own', 1000],
      ['y', 20],
      ['x', 4],
    ])
    expect([ends, cancelled]).toEqual([[true], []])
  })

  it('lets a side go on for whom there is no room at all', () => {
    const { took, cancelled } = lead(1000, { x: 14, y: 24 })
    expect(took[0]!.sides.map(({ lineage }) => lineage)).toEqual(['own', 'y'])
    expect(cancelled).toEqual(['x0:1'])
  })

  it('takes nobody in when it is full', () => {
    const { took, ends, cancelled } = lead(membersMax, { x: 2 })
    expect([took, ends, cancelled]).toEqual([[], [false], ['x0:1']])
  })
})
