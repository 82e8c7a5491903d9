// A member as a program of its own: joins with the options of its first argument, and says in lines of JSON what it sees.
import { type JoinOptions, join } from '../index.ts'

const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`)

const membership = await join({
  ...(JSON.parse(process.argv[2]!) as JoinOptions),
  listeners: {
    left: () => say({ event: 'left' }),
    rejoin: () => say({ event: 'rejoin' }),
    view: ({ view, left }) =>
      say({
        event: 'view',
        members: view.members.map(({ name }) => name),
        left: left.map(({ member }) => member.name),
      }),
  },
})
say({ event: 'joined', name: membership.self.name, address: membership.self.address })
