import type { SecureVersion } from 'node:tls'

/** TLS for every TCP path of a node, in PEM. */
export interface TlsSettings {
  readonly certificate: string
  readonly privateKey: string
  /** Who signed the certificates of the others; the machine's own authorities when absent. */
  readonly authorities?: string
  /** Mutual TLS: the listener asks the dialer for a certificate as well, and both check. */
  readonly verifyPeer: boolean
  /** The dialer presents these where they differ from the listener's. */
  readonly dialerCertificate?: string
  readonly dialerPrivateKey?: string
  readonly minVersion?: SecureVersion
}

/** What a listener is created with. */
export function listenerTls(settings: TlsSettings) {
  return {
    cert: settings.certificate,
    key: settings.privateKey,
    ...(settings.authorities !== undefined && { ca: settings.authorities }),
    requestCert: settings.verifyPeer,
    rejectUnauthorized: settings.verifyPeer,
    minVersion: settings.minVersion ?? 'TLSv1.2',
  }
}

/** What a dialer connects with. Without `verifyPeer` the bytes are hidden from listeners, but not from impostors. */
export function dialerTls(settings: TlsSettings) {
  return {
    cert: settings.dialerCertificate ?? settings.certificate,
    key: settings.dialerPrivateKey ?? settings.privateKey,
    ...(settings.authorities !== undefined && { ca: settings.authorities }),
    rejectUnauthorized: settings.verifyPeer,
    minVersion: settings.minVersion ?? 'TLSv1.2',
  }
}
