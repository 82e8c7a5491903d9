import { incarnation, nodeName } from '@ring/platform'
import type { Messaging, MessagingOptions } from '../src/index.ts'
import { createMessaging, systemClock } from '../src/index.ts'
import { listenPlain, plainDialer, staticRouting } from './plain-links.ts'
import { body, drive, finish, measure, RoleProcess, type Run, report, serveRole, warmUpMs } from './processes.ts'

/** Two processes, one TCP connection: a program inside the slave node asks a program inside the server node. */

/** The settings of a benchmark's node. */
export function nodeOptions(name: string, role: 'server' | 'slave'): MessagingOptions {
  return {
    group: 'bench',
    name: nodeName(name),
    incarnation: incarnation(1),
    role,
    clock: systemClock,
    random: { uint32: () => Math.floor(Math.random() * 0x1_0000_0000) },
    dialer: plainDialer,
  }
}

/** A server node that is its own routing's only server; reports its address. */
export async function serverNode(options: MessagingOptions): Promise<Messaging> {
  const messaging = await createMessaging(options)
  const { address } = await listenPlain(() => messaging)
  messaging.setRouting(staticRouting([{ name: options.name, address }]))
  report({ ready: address })
  return messaging
}

async function server(): Promise<void> {
  const messaging = await serverNode(nodeOptions('server', 'server'))
  messaging.embed({ role: 'server', name: 'echo' }).serve((request) => request.body)
}

async function client(argument: string): Promise<void> {
  const [address, inFlight, runMs, oneWay] = argument.split(',') as [string, string, string, string]
  const messaging = await createMessaging(nodeOptions('slave', 'slave'))
  messaging.setRouting(staticRouting([{ name: 'server', address }]))
  const program = messaging.embed({ role: 'client', name: 'driver' })
  await program.request('first', body, { idempotent: true })
  if (oneWay === 'one-way') await measureOneWay(Number(inFlight), Number(runMs), program)
  else {
    const keys = Array.from({ length: Number(inFlight) }, (_, worker) => `key${worker}`)
    await measure(Number(inFlight), Number(runMs), (worker) => program.request(keys[worker]!, body))
  }
}

async function measureOneWay(inFlight: number, runMs: number, program: ReturnType<Messaging['embed']>): Promise<void> {
  const small = new Uint8Array(100)
  if (inFlight === 0) {
    const flood = async (forMs: number): Promise<number> => {
      const before = program.counters.posts.handled
      const end = performance.now() + forMs
      while (performance.now() < end) {
        for (let i = 0; i < 64; i++) if (!program.post('key', small)) await program.room()
      }
      return program.counters.posts.handled - before
    }
    await flood(warmUpMs)
    report({ ready: 'warm' })
    const start = performance.now()
    const trips = await flood(runMs)
    report({ perSecond: (trips * 1_000) / (performance.now() - start), trips })
    return
  }
  const send = (): Promise<undefined> => program.send('key', small) as Promise<undefined>
  await drive(inFlight, warmUpMs, send)
  await measure(inFlight, runMs, send)
}

export async function runEmbedded(inFlight: number, runMs: number, kind = 'request'): Promise<Run> {
  const serving = new RoleProcess(import.meta.url, 'embedded-server', '')
  const address = await serving.ready()
  const argument = `${address},${inFlight},${runMs},${kind}`
  return finish(new RoleProcess(import.meta.url, 'embedded-client', argument), [serving])
}

const roles: Readonly<Record<string, (argument: string) => Promise<void>>> = {
  'embedded-server': server,
  'embedded-client': client,
}
const role = roles[process.argv[2] ?? '']
if (role !== undefined) {
  serveRole()
  await role(process.argv[3] ?? '')
}
