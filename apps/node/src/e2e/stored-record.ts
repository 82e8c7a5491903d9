import { join } from 'node:path'
import { type RingRecord, readStored } from '@ring/register'
import { FileDisk } from '@ring/transport'
import type { RingFiles } from './daemon-process.ts'

/** The record of a server with so many members, once it is on its disk. */
export async function storedRecord(
  files: RingFiles,
  index: number,
  members: number,
): Promise<RingRecord & { readonly view: never }> {
  const name = `127.0.0.1-${files.servers[index]!.ctlPort}`
  const disk = await FileDisk.open(join(files.directory, name, 'state'))
  for (;;) {
    const record = await new Promise<RingRecord | undefined>((resolve) =>
      readStored(disk, (read) => resolve(read.ok ? read.value?.record : undefined)),
    )
    const view = record?.view as { readonly members: readonly unknown[] } | undefined
    if (view?.members.length === members) return record as RingRecord & { readonly view: never }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
