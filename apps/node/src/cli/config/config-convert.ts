import { writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type AnySection, type ConfigurationSource, convertConfiguration } from '@ring/config'
import { nodeSections } from '../../setup/configuration-sections.ts'
import { exitCodes } from '../exit-codes.ts'
import { type CommandResult, withValid } from './config-source.ts'

export interface ConvertCommandOptions {
  readonly to: 'ini' | 'yaml' | 'json'
  readonly output?: string
  readonly withSecrets?: boolean
}

/** `config convert`: the same configuration in another form, to standard output or to a new file of mode 0600. */
export function convertCommand(
  source: ConfigurationSource,
  options: ConvertCommandOptions,
  sections: readonly AnySection[] = nodeSections,
): Promise<CommandResult> {
  return withValid(async () => {
    const { output, to } = options
    const directory = output === undefined ? undefined : dirname(output)
    const { text, secret } = await convertConfiguration(source, to, { sections, ...(directory && { directory }) })
    if (output !== undefined) return written(output, text)
    if (!secret || options.withSecrets) return { out: text, err: '', exitCode: exitCodes.ok }
    const err =
      'ring-node: the configuration has secrets; give --output FILE (written with mode 0600), or --with-secrets to print them\n'
    return { out: '', err, exitCode: exitCodes.usage }
  })
}

async function written(path: string, text: string): Promise<CommandResult> {
  try {
    await writeFile(path, text, { flag: 'wx', mode: 0o600 })
    return { out: '', err: '', exitCode: exitCodes.ok }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const reason = code === 'EEXIST' ? 'exists already; give the name of a new file' : `cannot be written (${message})`
    return { out: '', err: `ring-node: ${path} ${reason}\n`, exitCode: exitCodes.failed }
  }
}
