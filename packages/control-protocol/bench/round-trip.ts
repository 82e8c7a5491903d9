// How long a control command takes, from the dial to the end of the reply, against a server in a process of its own:
//   node --conditions=@ring/source --import tsx packages/control-protocol/bench/round-trip.ts
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { askControl, ControlServer, chmpxOutcome, readDump } from '../src/index.ts'

const rounds = 2000
const warmUp = 300

if (process.argv[2] === 'serve') await serve()
else await measure()

async function serve(): Promise<void> {
  const dump = readDump(readFileSync(join(import.meta.dirname, '../src/testdata/chmpx-DUMP.txt'), 'utf8'))
  const server = new ControlServer({
    target: { version: 'bench', dump: () => dump, execute: () => Promise.resolve(chmpxOutcome('done')) },
    listen: { hosts: ['127.0.0.1'], port: 0 },
    access: () => 'change',
    keepAlive: true,
  })
  process.send?.(await server.start())
}

async function measure(): Promise<void> {
  const child = fork(join(import.meta.dirname, 'round-trip.ts'), ['serve'], { execArgv: process.execArgv })
  const [port] = (await once(child, 'message')) as [number]
  for (const command of ['VERSION', 'SELFSTATUS', 'ALLSTATUS', 'DUMP', 'DUMP JSON', 'MERGE']) {
    const took: number[] = []
    for (let round = 0; round < warmUp + rounds; round++) {
      const before = performance.now()
      await askControl({ host: '127.0.0.1', port, command })
      if (round >= warmUp) took.push(performance.now() - before)
    }
    took.sort((one, other) => one - other)
    const at = (part: number) => `${took[Math.floor(took.length * part)]!.toFixed(3)} ms`
    console.log(`${command.padEnd(10)}  median ${at(0.5)}  99 % ${at(0.99)}  (${rounds} one after the other)`)
  }
  child.kill()
}
