import { nodeName } from '@ring/platform'
import { VotedRegister } from '@ring/register'
import { World } from '@ring/testkit'

/** Three nodes of a simulated world agree on a record; in production their messages travel on control links. */
export async function runThreeVoters(): Promise<string> {
  const world = new World({ seed: 1 })
  const names = ['a', 'b', 'c'].map(nodeName)
  const registers = names.map((name) => {
    const node = world.addNode(name, (environment) => {
      const network = environment.network({
        onMessage: (from, message) => {
          register.onMessage(from, message)
        },
        onLinkUp: () => undefined,
        onLinkDown: () => undefined,
      })
      const register = new VotedRegister(
        { name, incarnation: environment.incarnation, quorum: 'majority', formation: { names } },
        {
          clock: environment.clock,
          random: environment.random,
          disk: environment.disk,
          send: (to, message) => {
            network.send(to, message)
          },
        },
      )
      return { register }
    })
    return node.process!.register
  })

  const started = Promise.all(registers.map((register) => register.start()))
  world.run(() => registers.every((register) => register.read() !== undefined))
  await started

  const [first, , third] = registers
  const record = first!.read()!
  const commit = first!.commit(record.version, { ...record, state: 'services are in' })
  world.run(() => third!.read()!.state === 'services are in')
  const outcome = await commit
  return `${outcome.kind}: ${String(third!.read()!.state)}`
}
