import { readdir, readFile, readlink, realpath } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { readSettings } from '@ring/node'
import { parseArguments } from '../core/parse-arguments.ts'
import type { NodeChoice } from '../core/settings.ts'
import type { CountedProcess } from '../process/processor-time.ts'
import { workerWord } from '../process/worker-protocol.ts'

const what = 'server program'
const parentField = 1
const commandName = 'ring-bench'
const scriptWithin = 16

/**
 * The server ends of this load tester that run on this machine for the same group, and their processes: found by their
 * command lines (Linux; nobody elsewhere). Programs of others are named with --cpu-pids.
 */
export async function localServerEnds(choice: NodeChoice, script: string): Promise<readonly CountedProcess[]> {
  const { configuration } = await readSettings(choice)
  const real = await realpath(script)
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name)).map(Number)
  const running = (await Promise.all(pids.map((pid) => wordsOf(pid, real)))).filter((one) => one !== undefined)
  const isServer = await Promise.all(running.map((one) => servesGroup(one, configuration.global.group)))
  const servers = running.filter((_, place) => isServer[place]).map(({ pid }) => pid)
  const workers = running.filter(({ words }) => words[0] === workerWord)
  const parents = await Promise.all(workers.map(({ pid }) => parentOf(pid)))
  const children = workers.filter((_, place) => servers.includes(parents[place]!)).map(({ pid }) => pid)
  return [...servers, ...children].map((pid) => ({ pid, what }))
}

interface Running {
  readonly pid: number
  /** What follows the script on the command line. */
  readonly words: readonly string[]
}

async function wordsOf(pid: number, script: string): Promise<Running | undefined> {
  if (pid === process.pid) return undefined
  const text = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  const words = text.split('\0').slice(0, -1)
  // The interpreter's own flags come first; nothing that stands far behind is the script.
  for (const [place, word] of words.slice(0, scriptWithin).entries()) {
    const isCandidate = word.endsWith(basename(script)) || word.endsWith(commandName)
    if (isCandidate && (await realOf(pid, word)) === script) return { pid, words: words.slice(place + 1) }
  }
  return undefined
}

/** A path as a process means it. */
async function realOf(pid: number, path: string): Promise<string | undefined> {
  const directory = await readlink(`/proc/${pid}/cwd`).catch(() => '/')
  return realpath(resolve(directory, path)).catch(() => undefined)
}

async function servesGroup({ pid, words }: Running, group: string): Promise<boolean> {
  try {
    const parsed = parseArguments(words)
    if (parsed.command !== 'server') return false
    const { node } = parsed.settings
    const isText = node.configuration.trimStart().startsWith('{')
    const directory = isText ? '' : await readlink(`/proc/${pid}/cwd`)
    const path = isText ? node.configuration : resolve(directory, node.configuration)
    const settings = await readSettings({ ...node, configuration: path })
    return settings.configuration.global.group === group
  } catch {
    // Not a command line of the bench, or another user's, or gone meanwhile.
    return false
  }
}

async function parentOf(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '')
  return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[parentField])
}
