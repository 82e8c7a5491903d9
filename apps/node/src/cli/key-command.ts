import { Command } from 'commander'
import { createKeyFile, editKeyFile, freshKey } from '../access/key-file-edit.ts'
import { fingerprint } from '../access/key-standing.ts'
import { NodeSetupError } from '../errors.ts'

const steps = `
A key is changed on a running ring in three steps. After each one the file goes to every node, which takes it over by
itself within seconds (log: keys.changed) or at HUP; go on when all have it (ring-node keys shows what a node uses).
  $ ring-node key add --file ring.key      a new key, which all accept and nobody uses yet
  $ ring-node key use --file ring.key      the new key signs, the old one is still accepted
  $ ring-node key remove --file ring.key   only the new key is left
`

interface KeyOptions {
  readonly file: string
}

/** `ring-node key new|add|use|remove`: the file of GROUPKEYFILE. */
export function keyCommand(print: (text: string) => void): Command {
  const command = new Command('key').description('make and change the group keys of a key file')
  command.addHelpText('after', steps)
  const step = (name: string, doc: string, run: (file: string) => Promise<string>) =>
    command
      .command(name)
      .description(doc)
      .requiredOption('--file <path>', 'the key file')
      .action(async ({ file }: KeyOptions) => print(await run(file)))
  step('new', 'write a new file with one key', newFile)
  step('add', 'add a key that is accepted and does not sign yet', add)
  step('use', 'let the key that was added last sign', use)
  step('remove', 'remove every key but the one that signs', remove)
  return command
}

async function newFile(file: string): Promise<string> {
  const keys = await createKeyFile(file)
  return told(
    file,
    keys,
    `Next: copy ${file} to every node (mode 0600), name it in [RING] GROUPKEYFILE, and start the nodes.`,
  )
}

async function add(file: string): Promise<string> {
  const keys = await editKeyFile(file, (before) => [...before, freshKey()])
  return told(
    file,
    keys,
    `Next: copy ${file} to every node, in any order. Only when all have it: ring-node key use --file ${file}`,
  )
}

async function use(file: string): Promise<string> {
  const keys = await editKeyFile(file, (before) => {
    needTwo(file, before, 'use')
    return [before[before.length - 1]!, ...before.slice(0, -1)]
  })
  return told(
    file,
    keys,
    `Next: copy ${file} to every node, in any order. Only when all have it: ring-node key remove --file ${file}`,
  )
}

async function remove(file: string): Promise<string> {
  const keys = await editKeyFile(file, (before) => {
    needTwo(file, before, 'remove')
    return before.slice(0, 1)
  })
  return told(file, keys, `Next: copy ${file} to every node, in any order. The old keys are then worth nothing.`)
}

function needTwo(file: string, keys: readonly string[], step: string): void {
  if (keys.length > 1) return
  throw new NodeSetupError(
    `${file} holds one key only, so there is none to ${step}. Begin with: ring-node key add --file ${file}`,
  )
}

function told(file: string, keys: readonly string[], next: string): string {
  const lines = keys.map((key, at) => `  ${fingerprint(key)}  ${at === 0 ? 'signs, accepted' : 'accepted'}`)
  return [
    `${file}: ${keys.length === 1 ? 'one key' : `${keys.length} keys`} (by fingerprint)`,
    ...lines,
    next,
    '',
  ].join('\n')
}
