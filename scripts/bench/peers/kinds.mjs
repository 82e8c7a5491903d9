// What request and reply are measured on: rings of Ring, and what a user would pick instead, each with programs of its own.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { freePorts, openStage } from '../ring.mjs'
import { Peer } from './peer.mjs'

/**
 * @typedef {object} Stage something that takes requests and answers them
 * @property {(load: { ms: number, inFlight: number, bytes: number }) => Promise<{ count: number, seconds: number }>} ask
 * @property {() => Promise<void>} close
 */

/**
 * The first is what the others are compared with. In the order of the table; those with a server are left out without it.
 *
 * @type {readonly { name: string, server: string | undefined, open: () => Promise<Stage> }[]}
 */
export const kinds = [
  { name: 'Ring, quickstart', server: undefined, open: () => ring('quickstart') },
  { name: 'Ring, embedded', server: undefined, open: () => ring('embedded') },
  { name: 'NATS', server: 'nats-server', open: () => beside('nats', (port) => ['-a', '127.0.0.1', '-p', port]) },
  { name: 'Redis, lists', server: 'redis-server', open: () => beside('redis', redisFlags) },
]

const redisFlags = (port) => ['--port', port, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']

/** Of what is a server of its own: its version, or undefined where it is not installed. */
export function versionOf(server) {
  const { status, stdout } = spawnSync(server, ['--version'], { encoding: 'utf8' })
  return status === 0 ? (/\d+\.\d+\.\d+/.exec(stdout)?.[0] ?? 'unknown') : undefined
}

async function ring(layout) {
  const stage = await openStage(layout)
  return { ask: (load) => stage.client.ask('requests', load), close: () => stage.close() }
}

/** One server, a program that answers and one that asks. */
async function beside(what, flagsOf) {
  const [port] = await freePorts(1)
  const child = spawn(`${what}-server`, flagsOf(String(port)), { stdio: 'ignore' })
  const peers = []
  const close = async () => {
    for (const peer of peers) peer.end()
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
  try {
    for (const role of ['answer', 'ask']) peers.push(await Peer.start(`${what}-${role}`, port))
    return { ask: (load) => peers[1].ask(load), close }
  } catch (error) {
    await close()
    throw error
  }
}
