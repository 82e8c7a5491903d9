import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { attachProgram, createMessaging } from '../src/index.ts'
import { nodeOptions, serverNode } from './embedded.ts'
import { staticRouting } from './plain-links.ts'
import { body, finish, measure, RoleProcess, type Run, report, serveRole } from './processes.ts'

/** Client program –UNIX→ slave node –TCP→ server node –UNIX→ server program, and back: six hops for a round trip. */

async function server(directory: string): Promise<void> {
  await serverNode({ ...nodeOptions('server', 'server'), runtimeDirectory: directory })
}

async function slave(argument: string): Promise<void> {
  const [directory, address] = argument.split(',') as [string, string]
  const messaging = await createMessaging({ ...nodeOptions('slave', 'slave'), runtimeDirectory: directory })
  messaging.setRouting(staticRouting([{ name: 'server', address }]))
  report({ ready: '' })
}

async function echo(directory: string): Promise<void> {
  await attachProgram({
    runtimeDirectory: directory,
    role: 'server',
    name: 'echo',
    handler: (request) => request.body,
  })
  report({ ready: '' })
}

async function client(argument: string): Promise<void> {
  const [directory, inFlight, runMs] = argument.split(',') as [string, string, string]
  const program = await attachProgram({ runtimeDirectory: directory, role: 'client', name: 'driver' })
  await program.request('first', body, { idempotent: true })
  const keys = Array.from({ length: Number(inFlight) }, (_, worker) => `key${worker}`)
  await measure(Number(inFlight), Number(runMs), (worker) => program.request(keys[worker]!, body))
}

export async function runFourProcess(inFlight: number, runMs: number): Promise<Run> {
  const place = mkdtempSync(join(tmpdir(), 'ring-bench-'))
  const serverPlace = join(place, 'server')
  const slavePlace = join(place, 'slave')
  const serving = new RoleProcess(import.meta.url, 'four-server', serverPlace)
  const address = await serving.ready()
  const echoing = new RoleProcess(import.meta.url, 'four-echo', serverPlace)
  await echoing.ready()
  const relaying = new RoleProcess(import.meta.url, 'four-slave', `${slavePlace},${address}`)
  await relaying.ready()
  const driving = new RoleProcess(import.meta.url, 'four-client', `${slavePlace},${inFlight},${runMs}`)
  return finish(driving, [serving, echoing, relaying])
}

const roles: Readonly<Record<string, (argument: string) => Promise<void>>> = {
  'four-server': server,
  'four-slave': slave,
  'four-echo': echo,
  'four-client': client,
}
const role = roles[process.argv[2] ?? '']
if (role !== undefined) {
  serveRole()
  await role(process.argv[3] ?? '')
}
