import { describe, expect, it } from 'vitest'
import { DiskQueue, type DiskTask } from './disk-queue.ts'

function queue() {
  const started: DiskTask[] = []
  const disk = new DiskQueue((task) => started.push(task))
  const shown = () => started.map((task) => `${task.kind}${task.kind === 'list' ? '' : ` ${task.name}`}`)
  const ask = (kind: 'read' | 'replace' | 'append' | 'remove', name: string, byte = 0, done = () => undefined) =>
    disk.ask(
      kind === 'read' || kind === 'remove' ? { kind, name, done } : { kind, name, done, bytes: Uint8Array.of(byte) },
    )
  const end = (at: number) => disk.end(started[at]!)
  return { disk, started, shown, ask, end }
}

describe('DiskQueue', () => {
  it('has one task of a name under way, and those of other names beside it', () => {
    const { shown, ask, end } = queue()
    ask('replace', 'a')
    ask('read', 'a')
    ask('replace', 'b')
    expect(shown()).toEqual(['replace a', 'replace b'])
    end(0)
    expect(shown()).toEqual(['replace a', 'replace b', 'read a'])
  })

  it('makes one of the appends that stand behind each other, and answers each', () => {
    const { started, ask, end } = queue()
    const answered: number[] = []
    for (const byte of [1, 2, 3])
      ask('append', 'a', byte, () => {
        answered.push(byte)
      })
    ask('remove', 'a')
    ask('append', 'a', 4)
    end(0)
    const group = started[1]!
    expect(group).toMatchObject({ kind: 'append', bytes: Uint8Array.of(2, 3) })
    if (group.kind === 'append') group.done({ ok: true, value: undefined })
    expect(answered).toEqual([2, 3])
    end(1)
    end(2)
    expect(started.slice(2)).toMatchObject([{ kind: 'remove' }, { kind: 'append', bytes: Uint8Array.of(4) }])
  })

  it('lists when everything is done that was asked before, and waits for nothing else', () => {
    const { disk, shown, ask, end } = queue()
    ask('replace', 'a')
    ask('replace', 'a')
    disk.ask({ kind: 'list', done: () => undefined })
    ask('replace', 'b')
    end(0)
    expect(shown()).toEqual(['replace a', 'replace b', 'replace a'])
    end(2)
    expect(shown()).toEqual(['replace a', 'replace b', 'replace a', 'list'])
  })

  it('forgets what waits, and tells which writes were under way', () => {
    const { disk, shown, ask } = queue()
    ask('append', 'a')
    ask('append', 'a')
    ask('read', 'b')
    disk.ask({ kind: 'list', done: () => undefined })
    expect(disk.clear().map(({ kind, name }) => `${kind} ${name}`)).toEqual(['append a'])
    ask('replace', 'a')
    expect(shown()).toEqual(['append a', 'read b', 'replace a'])
  })
})
