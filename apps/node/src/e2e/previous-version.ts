import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
interface Named {
  readonly commit: string
  readonly version: string
}

const { earlier, ...before } = JSON.parse(
  readFileSync(join(root, 'scripts', 'previous-version.json'), 'utf8'),
) as Named & { readonly earlier: Named }

function installed({ version, commit }: Named, how: string) {
  const folder = join(root, '.ring', 'previous', `${version}-${commit.slice(0, 12)}`)
  const isPrepared = existsSync(folder)
  return {
    version,
    folder,
    isPrepared,
    whyNot: isPrepared ? undefined : `"${how}" packs ${version} first`,
    /** The arguments of Node that run its `ring-node`. */
    daemon: [join(folder, 'node_modules', '@ring', 'node', 'dist', 'main.js')],
  } as const
}

/** The version before this one, where it has been packed. */
export const previousVersion = installed(before, 'npm run test:upgrade')
/** The one before that: a ring of it is upgraded to the one between first. */
export const earlierVersion = installed(earlier, 'node scripts/previous.mjs --earlier')
