import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../../../', import.meta.url))
const { commit, version } = JSON.parse(readFileSync(join(root, 'scripts', 'previous-version.json'), 'utf8')) as {
  commit: string
  version: string
}
const folder = join(root, '.ring', 'previous', `${version}-${commit.slice(0, 12)}`)

/** The version before this one, where `npm run test:upgrade` has packed it. */
export const previousVersion = {
  version,
  folder,
  isPrepared: existsSync(folder),
  whyNot: existsSync(folder) ? undefined : `"npm run test:upgrade" packs ${version} first`,
  /** The arguments of Node that run its `ring-node`. */
  daemon: [join(folder, 'node_modules', '@ring', 'node', 'dist', 'main.js')],
} as const
