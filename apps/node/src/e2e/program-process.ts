import { type ChildProcess, spawn } from 'node:child_process'
import { pathToFileURL } from 'node:url'

/** What a load has come to when it ends. */
export interface LoadCount {
  readonly sent: number
  readonly answered: number
  /** By the error's code. */
  readonly failed: Readonly<Record<string, number>>
  readonly slowestMs: number
}

const server = `
const { attachProgram } = await import('@ring/messaging')
const handler = ({ body }) => body
const program = await attachProgram({ runtimeDirectory, role: 'server', name: 'echo', reattach: true, handler })
process.on('SIGTERM', () => program.close().then(() => process.exit(0)))
console.log('attached')
`

const client = `
const { attachProgram } = await import('@ring/messaging')
const program = await attachProgram({ runtimeDirectory, role: 'client', name: 'load', reattach: true })
const count = { sent: 0, answered: 0, failed: {}, slowestMs: 0 }
let ending = false
async function sender(index) {
  while (!ending) {
    const key = 'key ' + ((count.sent * 7 + index) % 1000)
    const body = new TextEncoder().encode(key + ' ' + count.sent++)
    const startedMs = performance.now()
    try {
      const reply = await program.request(key, body, options)
      if (Buffer.compare(reply, body) !== 0) throw Object.assign(new Error(), { code: 'wrong-reply' })
      count.answered++
    } catch (error) {
      count.failed[error.code] = (count.failed[error.code] ?? 0) + 1
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    count.slowestMs = Math.max(count.slowestMs, performance.now() - startedMs)
    // An open door for the other processes of a small machine.
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
}
const senders = Array.from({ length: 16 }, (_, index) => sender(index))
process.on('SIGTERM', async () => {
  ending = true
  await Promise.all(senders)
  console.log(JSON.stringify(count))
  process.exit(0)
})
console.log('attached')
`

/** Where a program's \`@ring/messaging\` comes from: an installed version, or this source. */
export type Installation = { readonly folder: string } | 'source'

/** A program as a process of its own, of whichever version is installed somewhere. */
export class ProgramProcess {
  readonly child: ChildProcess
  readonly attached: Promise<void>
  readonly ended: Promise<string>
  #printed = ''

  constructor(script: string, installation: Installation) {
    const isSource = installation === 'source'
    const bundled = isSource ? process.env['RING_TEST_MESSAGING'] : undefined
    const conditions = isSource && bundled === undefined ? ['--conditions=@ring/source', '--import', 'tsx'] : []
    const cwd = isSource ? import.meta.dirname : installation.folder
    const text =
      bundled === undefined ? script : script.replace("'@ring/messaging'", JSON.stringify(pathToFileURL(bundled).href))
    this.child = spawn(process.execPath, [...conditions, '--input-type=module', '-e', text], {
      cwd,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.attached = new Promise((resolve) => {
      this.child.stdout!.on('data', (bytes: Buffer) => {
        this.#printed += bytes.toString()
        if (this.#printed.startsWith('attached\n')) resolve()
      })
    })
    this.ended = new Promise((resolve) => {
      this.child.once('close', () => resolve(this.#printed))
    })
  }

  static echo(runtimeDirectory: string, installation: Installation): ProgramProcess {
    return new ProgramProcess(`const runtimeDirectory = ${JSON.stringify(runtimeDirectory)}\n${server}`, installation)
  }

  /** Sixteen requests at a time, each reply compared, until it is stopped. */
  static load(runtimeDirectory: string, options: object, installation: Installation): ProgramProcess {
    const given = `const runtimeDirectory = ${JSON.stringify(runtimeDirectory)}; const options = ${JSON.stringify(options)}\n`
    return new ProgramProcess(given + client, installation)
  }

  /** Ends it in order; what it printed last. */
  async stop(): Promise<string> {
    this.child.kill('SIGTERM')
    return (await this.ended).trim().split('\n').at(-1) ?? ''
  }

  async stopLoad(): Promise<LoadCount> {
    return JSON.parse(await this.stop()) as LoadCount
  }
}
