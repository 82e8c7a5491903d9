import { execFile } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { NodeSetupError } from '../errors.ts'

const run = promisify(execFile)
const authorityDays = '3650'
const nodeDays = '365'
const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']

/** An authority for one ring and the certificates that it signs, made with the `openssl` command. */
export class RingAuthority {
  readonly #directory: string

  private constructor(directory: string) {
    this.#directory = directory
  }

  /** @throws NodeSetupError where there is no `openssl` */
  static async checkTool(): Promise<void> {
    try {
      await run('openssl', ['version'])
    } catch (error) {
      throw new NodeSetupError(
        'init --tls needs the openssl command, which was not found. Install it, or leave --tls out and add certificates of your own (docs/security.md).',
        { cause: error },
      )
    }
  }

  /** @param directory a new one, for the authority alone: its key signs whoever is to be a node */
  static async create(directory: string, group: string): Promise<RingAuthority> {
    await mkdir(directory, { mode: 0o700 })
    const authority = new RingAuthority(directory)
    // A name of its own each time: authorities are found by name, and two may be valid while one replaces the other.
    const name = `${group} authority ${new Date().toISOString().slice(0, 19)}`
    await authority.#openssl(
      ...['req', '-x509', ...newKey, '-days', authorityDays, '-subj', `/CN=${name}`],
      ...['-keyout', authority.#path('ca.key'), '-out', authority.#path('ca.pem')],
      ...['-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign,cRLSign'],
    )
    return authority
  }

  /** Writes `ca.pem`, `node.pem` and `node.key` for a node with these hosts into a new directory. */
  async issue(directory: string, hosts: readonly string[]): Promise<void> {
    await mkdir(directory, { mode: 0o700 })
    const [request, extensions] = [join(directory, 'request.pem'), join(directory, 'extensions')]
    const names = hosts.map((host) => `${isIP(host) ? 'IP' : 'DNS'}:${host}`).join(',')
    await writeFile(extensions, `subjectAltName=${names}\nextendedKeyUsage=serverAuth,clientAuth\n`)
    await this.#openssl(
      ...['req', '-new', ...newKey, '-subj', `/CN=${hosts[0] ?? ''}`.slice(0, 64)],
      ...['-keyout', join(directory, 'node.key'), '-out', request],
    )
    await this.#openssl(
      ...['x509', '-req', '-in', request, '-CA', this.#path('ca.pem'), '-CAkey', this.#path('ca.key')],
      ...['-CAcreateserial', '-days', nodeDays, '-extfile', extensions, '-out', join(directory, 'node.pem')],
    )
    await this.#openssl('x509', '-in', this.#path('ca.pem'), '-out', join(directory, 'ca.pem'))
    await Promise.all([request, extensions].map((path) => rm(path)))
  }

  #path(name: string): string {
    return join(this.#directory, name)
  }

  async #openssl(...args: readonly string[]): Promise<void> {
    try {
      await run('openssl', args)
    } catch (error) {
      throw new NodeSetupError(`openssl ${args[0] ?? ''} failed: ${(error as Error).message}`, { cause: error })
    }
  }
}
