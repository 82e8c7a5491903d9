/** Where a node stands: not on the ring at all, out of service, or in service. */
export type RingStanding = 'slave' | 'out' | 'in'
export type RingAction = 'none' | 'add' | 'delete'
/** How far the merge has come that a server takes part in. */
export type MergeProgress = 'nothing' | 'pending' | 'doing' | 'done'

/** The state of a node, as CHMPX tells it: five answers, which it packs into one number. */
export interface ServerState {
  readonly ring: RingStanding
  readonly up: boolean
  readonly action: RingAction
  readonly progress: MergeProgress
  /** No server program is attached; CHMPX prints it as `Suspend`. */
  readonly detached: boolean
}

const rings = ['slave', 'out', 'in'] as const
const actions = ['none', 'add', 'delete'] as const
const progresses = ['nothing', 'pending', 'doing', 'done'] as const
const upBit = 0x1
const detachedBit = 0x10000
const allBits = 0x13331

const ringWords = { slave: 'SLAVE', out: 'SERVICE OUT', in: 'SERVICE IN' } as const
const actionWords = { none: 'n/a', add: 'ADD', delete: 'DELETE' } as const
const progressWords = { nothing: 'Nothing', pending: 'Pending', doing: 'Doing', done: 'Done' } as const

/** The combinations that CHMPX calls SAFE, whether a program is attached or not. */
const safeBits: ReadonlySet<number> = new Set([
  ...[0x00, 0x01, 0x10, 0x11, 0x20, 0x21],
  ...[0x1021, 0x2021, 0x3021, 0x1121, 0x2121, 0x3121, 0x1221, 0x2221, 0x3221],
  ...[0x1220, 0x3220],
])

/** The number of CHMPX: 0x21 is in service and up. */
export function stateBits(state: ServerState): number {
  const { ring, up, action, progress, detached } = state
  return (
    (up ? upBit : 0) |
    (rings.indexOf(ring) << 4) |
    (actions.indexOf(action) << 8) |
    (progresses.indexOf(progress) << 12) |
    (detached ? detachedBit : 0)
  )
}

/** @returns undefined for a number that stands for no state */
export function stateOfBits(bits: number): ServerState | undefined {
  if (!Number.isInteger(bits) || bits < 0 || bits > allBits || (bits & ~allBits) !== 0) return undefined
  const ring = rings[(bits >> 4) & 3]
  const action = actions[(bits >> 8) & 3]
  const progress = progresses[(bits >> 12) & 3]
  if (ring === undefined || action === undefined || progress === undefined) return undefined
  return { ring, up: (bits & upBit) !== 0, action, progress, detached: (bits & detachedBit) !== 0 }
}

/** Whether the five answers go together in CHMPX's life of a node. */
export function isSafeState(state: ServerState): boolean {
  return safeBits.has(stateBits(state) & ~detachedBit)
}

/** As `[SERVICE IN][UP][n/a][Nothing][NoSuspend]`. */
export function stateWords({ ring, up, action, progress, detached }: ServerState): string {
  const words = [ringWords[ring], up ? 'UP' : 'DOWN', actionWords[action], progressWords[progress]]
  return [...words, detached ? 'Suspend' : 'NoSuspend'].map((word) => `[${word}]`).join('')
}

/** As `SAFE -> [SERVICE IN][UP][n/a][Nothing][NoSuspend]`. */
export function stateText(state: ServerState): string {
  return `${isSafeState(state) ? 'SAFE' : 'NOT SAFE'} -> ${stateWords(state)}`
}

/** The five words anywhere in a text, as {@link stateWords} and {@link stateText} write them. */
export function stateOfText(text: string): ServerState | undefined {
  const words = /\[([^[\]]+)\] *\[([^[\]]+)\] *\[([^[\]]+)\] *\[([^[\]]+)\] *\[([^[\]]+)\]/.exec(text)?.slice(1)
  if (words === undefined) return undefined
  const ring = keyOf(ringWords, words[0])
  const action = keyOf(actionWords, words[2])
  const progress = keyOf(progressWords, words[3])
  const up = isFirst('UP', 'DOWN', words[1])
  const detached = isFirst('Suspend', 'NoSuspend', words[4])
  if (ring === undefined || action === undefined || progress === undefined) return undefined
  return up === undefined || detached === undefined ? undefined : { ring, up, action, progress, detached }
}

function keyOf<Key extends string>(words: Readonly<Record<Key, string>>, word: string | undefined): Key | undefined {
  return (Object.keys(words) as Key[]).find((key) => words[key] === word)
}

function isFirst(first: string, second: string, word: string | undefined): boolean | undefined {
  return word === first ? true : word === second ? false : undefined
}
