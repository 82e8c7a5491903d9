import { nodeName } from '@ring/platform'
import { decodeMessage, RegisterDriver } from '@ring/register'
import { World } from '@ring/testkit'

/** Three nodes of a simulated world agree on a record; in production their messages travel on control links. */
export function runThreeVoters(): string {
  const world = new World({ seed: 1 })
  const names = ['a', 'b', 'c'].map(nodeName)
  const registers = names.map((name) => {
    const node = world.addNode(name, ({ incarnation, clock, random, disk, network }) => {
      const links = network({
        onMessage: (from, bytes) => {
          const message = decodeMessage(bytes)
          if (message.ok) register.onMessage(from, message.value)
        },
        onLinkUp: () => undefined,
        onLinkDown: () => undefined,
      })
      const register = new RegisterDriver(
        { name, incarnation, storage: 'disk', formation: { names } },
        { clock, random, disk, send: (to, message) => links.send(to, message) },
        { onCommitted: ({ version }) => world.note(`${name} holds version ${version}`) },
      )
      register.start((error) => {
        if (error) throw error
      })
      return { register }
    })
    return node.process!.register
  })
  world.run(() => registers.every(({ record }) => record !== undefined))

  const [first, , third] = registers
  const record = first!.record!
  let ended = ''
  first!.propose(record.version, { ...record, state: 'services are in' }, ({ kind }) => {
    ended = kind
  })
  world.run(() => ended !== '' && third!.record!.state === 'services are in')
  return `${ended}: ${String(third!.record!.state)}`
}
