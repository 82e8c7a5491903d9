import type { KeyPair } from '@ring/config'
import { type Logger, RingError } from '@ring/platform'
import type { NodeEndpoint, TlsSettings } from '@ring/transport'
import { NodeSetupError } from '../errors.ts'
import { FileWatch } from '../setup/file-watch.ts'
import { groupKeys, keylessProblem, type NodeSettings } from '../setup/node-settings.ts'
import { type CertificateStatus, expiresSoon } from './certificate-check.ts'
import { KeyStanding, type KeyStatus } from './key-standing.ts'
import { readTls, type TlsFiles, type TlsMaterial, tlsFilesOf } from './tls-files.ts'

const hourMs = 3_600_000
const lookAtExpiryEveryMs = 6 * hourMs

/** What a change of keys and certificates is given to. */
export interface CredentialUsers {
  readonly endpoint: Pick<NodeEndpoint, 'setKeys' | 'setTls'>
  /** What the files say has been taken, or was refused. */
  readonly changed: () => void
}

/**
 * A running node's group keys and certificates. Their files are watched; what is wrong with new ones is said, and the old
 * ones stay in use.
 */
export class Credentials {
  readonly #logger: Logger
  readonly #watch: FileWatch
  readonly #started: NodeSettings
  readonly #standing = new KeyStanding()
  #settings: NodeSettings
  #material: TlsMaterial | undefined
  #keys: readonly Uint8Array[]
  /** What the configuration said when it was last read; somebody may have set others since. */
  #configuredKeys: readonly Uint8Array[]
  #before: Promise<unknown> = Promise.resolve()
  #keyProblem: string | undefined
  #tlsProblem: string | undefined
  #users: CredentialUsers | undefined
  #timer: NodeJS.Timeout | undefined

  private constructor(settings: NodeSettings, material: TlsMaterial | undefined, logger: Logger) {
    this.#started = settings
    this.#settings = settings
    this.#keys = settings.keys
    this.#standing.take(settings.keys, Date.now())
    this.#configuredKeys = settings.keys
    this.#material = material
    this.#logger = logger
    this.#watch = new FileWatch(() => void this.#inTurn(() => this.#take('changed-keys')))
  }

  /** @throws NodeSetupError where a certificate cannot be used */
  static async read(settings: NodeSettings, logger: Logger): Promise<Credentials> {
    const material = await readTls(settings.configuration, settings.self, Date.now())
    return new Credentials(settings, material, logger)
  }

  get tls(): TlsSettings | undefined {
    return this.#material?.settings
  }

  get keys(): readonly Uint8Array[] {
    return this.#keys
  }

  /** The same without the keys themselves. */
  get keyStatus(): readonly KeyStatus[] {
    return this.#standing.keys
  }

  /** What is wrong with the key file that is there now. */
  get keyProblems(): readonly string[] {
    return this.#keyProblem === undefined ? [] : [this.#keyProblem]
  }

  get certificates(): readonly CertificateStatus[] {
    const problem = this.#tlsProblem
    const certificates = this.#material?.certificates ?? []
    return problem === undefined ? certificates : certificates.map((one) => ({ ...one, problem }))
  }

  /** What is wrong with the files that are there now; the ones before are still in use. */
  get problems(): readonly string[] {
    return [this.#keyProblem, this.#tlsProblem].filter((problem) => problem !== undefined)
  }

  /** From now on changes of the files are taken over. */
  start(users: CredentialUsers): void {
    this.#users = users
    this.#watch.watch(watchedFiles(this.#settings))
    this.#timer = setInterval(() => this.#warnOfExpiry(), lookAtExpiryEveryMs)
    this.#timer.unref()
    this.#warnOfExpiry()
  }

  stop(): void {
    this.#watch.stop()
    clearInterval(this.#timer)
  }

  /** Other keys than those of the configuration, until it is read again. */
  setKeys(keys: readonly Uint8Array[]): void {
    this.#keys = keys
    this.#standing.take(keys, Date.now())
    this.#users?.endpoint.setKeys(keys)
  }

  /** Reads all files anew; what cannot be used leaves the old in place. The result says what that was. */
  take(settings: NodeSettings): Promise<readonly string[]> {
    if (settings !== this.#settings) this.#watch.watch(watchedFiles(settings))
    this.#settings = settings
    return this.#inTurn(() => this.#take('all-keys'))
  }

  /** Of two at once the slower reader would win, with what it read first. */
  #inTurn<Result>(read: () => Promise<Result>): Promise<Result> {
    const result = this.#before.then(read)
    this.#before = result.catch(() => undefined)
    return result
  }

  async #take(which: 'all-keys' | 'changed-keys'): Promise<readonly string[]> {
    const settings = this.#settings
    await this.#takeKeys(settings, which)
    await this.#takeTls(settings)
    this.#users?.changed()
    return this.problems
  }

  async #takeKeys(settings: NodeSettings, which: 'all-keys' | 'changed-keys'): Promise<void> {
    try {
      const keys = await groupKeys(settings.ring)
      const isLast = keys.length === 0 && this.#keys.length > 0
      const objection = isLast ? keylessProblem(this.#started, settings) : undefined
      if (objection !== undefined) throw new NodeSetupError(objection)
      const isNew = !sameKeys(keys, this.#keys)
      this.#keyProblem = undefined
      if (which === 'changed-keys' && sameKeys(keys, this.#configuredKeys)) return
      this.#configuredKeys = keys
      this.setKeys(keys)
      if (isNew) this.#logger.info({ event: 'keys.changed', keys: keys.length }, 'group keys taken over')
    } catch (error) {
      const text = (error as Error).message
      this.#keyProblem = text
      this.#logger.error({ event: 'keys.reload-failed', problem: text }, 'group keys not changed; the old ones stay')
    }
  }

  async #takeTls(settings: NodeSettings): Promise<void> {
    try {
      const material = await readTls(settings.configuration, settings.self, Date.now())
      // What was started with TLS goes on listening so, and shows a certificate, until it is started again.
      const isTurnedOff = this.#material?.settings.listener && !material?.settings.listener
      if (material && !isTurnedOff && JSON.stringify(material) !== JSON.stringify(this.#material)) {
        this.#users?.endpoint.setTls(material.settings)
        this.#material = material
        this.#logger.info(
          { event: 'certificate.changed', certificates: material.certificates },
          'certificates taken over',
        )
        this.#warnOfExpiry()
      }
      this.#tlsProblem = undefined
    } catch (error) {
      const text = error instanceof RingError ? error.message : `The certificates cannot be used: ${String(error)}.`
      this.#tlsProblem = text
      this.#logger.error(
        { event: 'certificate.reload-failed', problem: text },
        'certificates not changed; the old ones stay',
      )
    }
  }

  #warnOfExpiry(): void {
    for (const certificate of this.#material?.certificates ?? []) {
      if (!expiresSoon(certificate, Date.now())) continue
      const { path, use, notAfterMs } = certificate
      const hours = Math.floor((notAfterMs - Date.now()) / hourMs)
      this.#logger.warn({ event: 'certificate.expires-soon', path, use, hours }, 'a certificate has to be renewed')
    }
  }
}

function watchedFiles({ configuration, self, ring }: NodeSettings): readonly string[] {
  const tls: Partial<TlsFiles> = tlsFilesOf(configuration, self) ?? {}
  const pair = (files: KeyPair | undefined) => (files ? [files.certificate, files.privateKey] : [])
  return [ring.groupKeyFile, tls.caPath, ...pair(tls.server), ...pair(tls.slave)].filter((path) => path !== undefined)
}

function sameKeys(one: readonly Uint8Array[], other: readonly Uint8Array[]): boolean {
  return one.length === other.length && one.every((key, at) => Buffer.compare(key, other[at]!) === 0)
}
