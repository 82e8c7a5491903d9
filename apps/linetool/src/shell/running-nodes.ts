import { readdir, readFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { isHost, isPort, type NodeAddress } from '../core/ring/node-address.ts'

/** Where a running node writes how its control port is reached. */
const controlFile = 'control.json'
const directoriesMax = 256

/** How the control port of a node of this machine is reached. */
export interface RunningNode {
  readonly address: NodeAddress
  readonly speaksTls: boolean
}

export type FoundAddress =
  | ({ readonly kind: 'address' } & RunningNode)
  | { readonly kind: 'none'; readonly why: string }

/** Where the runtime directories of a user's nodes are, unless a configuration says otherwise; as `ring-node` has it. */
export function runtimeDirectoryBase(environment: Readonly<Record<string, string | undefined>>): string {
  return environment['XDG_RUNTIME_DIR'] ?? join(tmpdir(), `ring-${userName()}`)
}

/** A user id need not have a name: containers are run as any. */
function userName(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.() ?? 'user')
  }
}

/** The control ports of the nodes that run, or have run, below a directory. */
export async function runningNodes(base: string): Promise<readonly RunningNode[]> {
  const names = await readdir(base).catch(() => [])
  const directories = names.filter((name) => name.startsWith('ring-')).slice(0, directoriesMax)
  const found = await Promise.all(directories.map((name) => controlAddressIn(join(base, name))))
  return found.flatMap((one) => (one.kind === 'address' ? [one] : []))
}

/** What the node of a runtime directory says of its control port. */
export async function controlAddressIn(directory: string): Promise<FoundAddress> {
  let text: string
  try {
    text = await readFile(join(directory, controlFile), 'utf8')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const why = code === 'ENOENT' ? 'no node runs there, or one of a version before this' : message
    return { kind: 'none', why }
  }
  return addressOf(text)
}

/** Whatever is in the file: it may be half written, or somebody else's. */
export function addressOf(text: string): FoundAddress {
  try {
    const { host, port, tls, pid } = JSON.parse(text) as Readonly<Record<'host' | 'port' | 'tls' | 'pid', unknown>>
    if (typeof pid === 'number' && !isRunning(pid)) return { kind: 'none', why: 'its process has ended' }
    if (typeof host === 'string' && isHost(host) && typeof port === 'number' && isPort(port)) {
      return { kind: 'address', address: { host: dialled(host), port }, speaksTls: Boolean(tls) }
    }
  } catch {
    // Said below.
  }
  return { kind: 'none', why: `its ${controlFile} cannot be read` }
}

/** A node that was killed leaves its file behind. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** A node that listens on all addresses listens on this machine's own, too. */
const dialled = (host: string): string => ({ '0.0.0.0': '127.0.0.1', '::': '::1' })[host] ?? host
