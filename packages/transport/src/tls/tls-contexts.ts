import { checkServerIdentity, createSecureContext, type PeerCertificate, type SecureContext } from 'node:tls'
import type { Certificate, TlsSettings } from './tls-settings.ts'

/** What one connection is made with. */
export interface DialerTls {
  readonly secureContext: SecureContext
  readonly rejectUnauthorized: boolean
  readonly checkServerIdentity: (host: string, certificate: PeerCertificate) => Error | undefined
}

const oldestVersion = 'TLSv1.2'

/** Settings that were read once for all connections. */
export class TlsContexts {
  readonly settings: TlsSettings
  readonly #dialer: SecureContext

  /** @throws Error of the TLS library, when a certificate or key cannot be used */
  constructor(settings: TlsSettings) {
    this.settings = settings
    this.#dialer = createSecureContext(contextOf(settings, settings.dialer))
    // Tried here, so that settings that a listener could not use never reach it.
    if (settings.listener) createSecureContext(this.listenerContext)
  }

  /** What a listener is created with, and what `setSecureContext` takes later. */
  get listenerContext() {
    return contextOf(this.settings, this.settings.listener)
  }

  /** @param hosts every host of the node that is dialled: its certificate is good for all of its ways if it is for one */
  dialerOf(hosts: readonly string[]): DialerTls {
    return {
      secureContext: this.#dialer,
      rejectUnauthorized: this.settings.authorities !== undefined,
      checkServerIdentity: (host, certificate) => {
        const problem = checkServerIdentity(host, certificate)
        const fits = (name: string) => checkServerIdentity(name, certificate) === undefined
        return problem && !hosts.some(fits) ? problem : undefined
      },
    }
  }
}

function contextOf({ authorities, minVersion = oldestVersion }: TlsSettings, certificate: Certificate | undefined) {
  return {
    ...(certificate && { cert: certificate.certificate, key: certificate.privateKey }),
    ...(authorities !== undefined && { ca: authorities }),
    minVersion,
  }
}
