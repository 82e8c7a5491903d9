import { type NodeName, nodeName } from '@ring/platform'

/** A process with a program in it, on the machine of a node. */
export interface ProgramPlace {
  readonly name: NodeName
  readonly node: NodeName
  readonly role: 'server' | 'client'
}

const server = (letter: string): NodeName => nodeName(`${letter}:1`)

/** One server holds its programs itself, one has two of them, the others one each. */
export const servers: readonly NodeName[] = ['a', 'b', 'c', 'd'].map(server)
export const slave: NodeName = nodeName('s:1')
export const nodes: readonly NodeName[] = [...servers, slave]
const [a, b, c, d] = servers as [NodeName, NodeName, NodeName, NodeName]
/** Where a server program and a client stand in the node's own process. */
export const embedding: NodeName = d

const place = (role: 'server' | 'client', node: NodeName, number = 1): ProgramPlace => ({
  ...{ role, node },
  name: nodeName(`${role}${number}-${node}`),
})

export const programs: readonly ProgramPlace[] = [
  ...[place('server', a), place('server', a, 2), place('server', b), place('server', c)],
  ...[place('client', slave), place('client', slave, 2), place('client', a)],
]

export const partitions = 16
/** So many keys are asked for. */
export const keys: readonly string[] = Array.from({ length: 24 }, (_, at) => `k${at}`)
