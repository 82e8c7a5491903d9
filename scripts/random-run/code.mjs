// The code that the processes of a run use: as it was built, or the source where this process was started so (as tests do).
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from '../local-ring.mjs'

export const isSource = process.execArgv.includes('--conditions=@ring/source')
const place = isSource ? 'src' : 'dist'
const ending = isSource ? 'ts' : 'js'

export const nodeApp = join(root, 'apps', 'node', place, `main.${ending}`)
const load = (folder) => import(pathToFileURL(join(root, folder, place, `index.${ending}`)).href)

export const loadNode = () => load('apps/node')
export const loadMessaging = () => load('packages/messaging')
