import type { RingNode } from '../../node.ts'
import type { NodeSettings } from '../../setup/node-settings.ts'

/** Takes new configurations over, one after the other. Each is validated as a whole first; a bad one changes nothing. */
export class Reloader {
  readonly #node: RingNode
  #before: Promise<void> = Promise.resolve()

  constructor(node: RingNode) {
    this.#node = node
  }

  /** @param read reads and checks the configuration; it is called when those before are through */
  reload(read: () => Promise<NodeSettings>): Promise<void> {
    this.#before = this.#before.then(() => this.#reload(read))
    return this.#before
  }

  /** A new configuration that is not valid. */
  refused(error: unknown): void {
    this.#node.logger.error(
      { event: 'config.reload-failed', err: error },
      'configuration not reloaded; the old one stays',
    )
  }

  async #reload(read: () => Promise<NodeSettings>): Promise<void> {
    try {
      const settings = await read()
      const applied = await this.#node.apply(settings)
      const { fileVersion } = settings.configuration.global
      this.#node.logger.info({ event: 'config.reloaded', fileVersion, ...applied }, 'configuration reloaded')
      if (applied.needRestart.length === 0) return
      const { needRestart } = applied
      this.#node.logger.warn(
        { event: 'config.needs-restart', needRestart },
        'some of it takes effect at the next start',
      )
    } catch (error) {
      this.refused(error)
    }
  }
}
