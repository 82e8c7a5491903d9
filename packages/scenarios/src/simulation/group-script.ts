import type { ViewChange } from '@ring/gms'
import { SimulatedMember } from '@ring/gms/simulation'
import { viewMerging } from '@ring/merge'
import { type NodeName, nodeName } from '@ring/platform'
import { type NodeEnvironment, runScript, type ScriptCall, type ScriptCommand, type World } from '@ring/testkit'
import type { Quorum } from './subject.ts'

const plain = (name: NodeName): string => name.split(':')[0]!
const member = ({ process }: ScriptCall): SimulatedMember => process(0) as SimulatedMember

/** The names of the last view that it was told, in order; `nothing` where there is none. */
const view: ScriptCommand = (call) => {
  const members = member(call).views.at(-1)?.view.members ?? []
  return members.length === 0 ? 'nothing' : members.map(({ name }) => plain(name)).join(' ')
}

/** Who came and went in the last view with other members: `+ c`, `- a (left)`. */
const change: ScriptCommand = (call) => {
  const isOther = (one: ViewChange) => one.joined.length + one.left.length > 0
  const { joined, left } = member(call).changes.findLast(isOther) ?? { joined: [], left: [] }
  const [came, went] = [
    joined.map(({ name }) => `+ ${plain(name)}`),
    left.map(({ member: { name }, why }) => `- ${plain(name)} (${why})`),
  ]
  return [...came, ...went].join(' ')
}

/** Where it stands: a phase, and of a member with a quorum whether it may act. */
const status: ScriptCommand = (call) => {
  const now = member(call).membership.status
  if (now.phase === 'discovering' && now.waitingFor.length > 0)
    return `waits for ${now.waitingFor.map((name) => plain(name as NodeName)).join(' ')}`
  if (now.phase !== 'member') return now.phase
  return now.primary ? 'primary' : now.nonPrimary ? 'not primary' : 'member'
}

/** Runs a script on servers that are all in each other's configuration; `start`, `view`, `change`, `status`, `leave`, `left`. */
export function runGroupScript(
  text: string,
  world: World,
  { servers, quorum, file }: { readonly servers: readonly string[]; readonly quorum: Quorum; readonly file: string },
): void {
  const nameOf = (word: string): NodeName => nodeName(`${word}:1`)
  const names = servers.map(nameOf)
  const merging = quorum === 'none' ? { merging: viewMerging() } : {}
  const start = (environment: NodeEnvironment) =>
    new SimulatedMember(environment, { servers: names, isSlave: false, quorum, ...merging })
  // A machine that is there and runs nothing refuses, as a real one does.
  for (const name of names) world.addNode(name, start).crash()
  runScript(text, { view, change, status, ...leaving() }, world, { file, start, nameOf })
}

/** `leave a` asks it to leave, and ends its process when it has; `left a` says `yes` from then on. */
function leaving(): Readonly<Record<'leave' | 'left', ScriptCommand>> {
  const gone = new Set<NodeName>()
  return {
    leave: (call) => {
      const [leaver, name] = [member(call), call.names[0]!]
      const watch = (): void => {
        if (!leaver.left) {
          call.world.after(1, watch)
          return
        }
        gone.add(name)
        call.world.node(name).stop()
      }
      leaver.leave()
      watch()
      return undefined
    },
    left: ({ names }) => (gone.has(names[0]!) ? 'yes' : 'not yet'),
  }
}
