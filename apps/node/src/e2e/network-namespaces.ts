import { execFileSync } from 'node:child_process'

/**
 * Machines of their own on this one: network namespaces joined by a bridge in a further namespace, so that a link can really
 * be cut. Nothing outside the namespaces is touched.
 */
export class NetworkNamespaces {
  readonly hosts: readonly { readonly name: string; readonly address: string }[]
  readonly #hub: string

  constructor(count: number) {
    const mark = `ring${process.pid}`
    this.#hub = `${mark}hub`
    this.hosts = Array.from({ length: count }, (_, at) => ({ name: `${mark}h${at}`, address: `192.0.2.${at + 1}` }))
    ip('netns', 'add', this.#hub)
    ip('-n', this.#hub, 'link', 'add', 'bridge', 'type', 'bridge')
    ip('-n', this.#hub, 'link', 'set', 'bridge', 'up')
    for (const [at, { name, address }] of this.hosts.entries()) {
      ip('netns', 'add', name)
      ip('-n', name, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', `port${at}`, 'netns', this.#hub)
      ip('-n', name, 'address', 'add', `${address}/24`, 'dev', 'eth0')
      ip('-n', name, 'link', 'set', 'lo', 'up')
      ip('-n', name, 'link', 'set', 'eth0', 'up')
      ip('-n', this.#hub, 'link', 'set', `port${at}`, 'master', 'bridge', 'up')
    }
  }

  /** Why this machine cannot have namespaces; undefined when it can. */
  static obstacle(): string | undefined {
    const name = `ringprobe${process.pid}`
    try {
      ip('netns', 'add', name)
      ip('-n', name, 'link', 'add', 'name', 'left', 'type', 'veth', 'peer', 'name', 'right')
      return undefined
    } catch (error) {
      return `this machine allows no network namespaces: ${(error as Error).message.split('\n')[0]}`
    } finally {
      try {
        ip('netns', 'delete', name)
      } catch {
        // It was not made.
      }
    }
  }

  /** What to put before a command so that it runs on that host. */
  on(host: number): readonly string[] {
    return ['ip', 'netns', 'exec', this.hosts[host]!.name]
  }

  /** Packets to and from the host are dropped from here on; its own interface stays up, as behind a broken switch. */
  cut(host: number): void {
    ip('-n', this.#hub, 'link', 'set', `port${host}`, 'down')
  }

  mend(host: number): void {
    ip('-n', this.#hub, 'link', 'set', `port${host}`, 'up')
  }

  /**
   * What comes in to that TCP port is dropped, as by a firewall; what the host dials itself works. By a routing rule, since
   * not every kernel has packet filters.
   */
  shut(host: number, port: number): void {
    const { name } = this.hosts[host]!
    // The rule has to stand before the one that takes in what is for this host.
    ip('-n', name, 'rule', 'add', 'pref', '100', 'lookup', 'local')
    ip('-n', name, 'rule', 'del', 'pref', '0')
    ip('-n', name, 'rule', 'add', 'pref', '10', 'iif', 'eth0', 'ipproto', 'tcp', 'dport', `${port}`, 'blackhole')
  }

  /** Ends {@link shut}. */
  unshut(host: number): void {
    ip('-n', this.hosts[host]!.name, 'rule', 'del', 'pref', '10')
  }

  remove(): void {
    for (const name of [...this.hosts.map((host) => host.name), this.#hub]) ip('netns', 'delete', name)
  }
}

function ip(...args: readonly string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'pipe'] })
}
