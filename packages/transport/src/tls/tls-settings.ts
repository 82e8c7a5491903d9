import type { SecureVersion } from 'node:tls'

/** A certificate and its key, in PEM. */
export interface Certificate {
  readonly certificate: string
  readonly privateKey: string
}

/** TLS for every TCP path of a node. */
export interface TlsSettings {
  /** What a listener shows; without one it speaks no TLS, whatever others of the ring do. */
  readonly listener?: Certificate
  /** What a dialer shows when it is asked to. */
  readonly dialer?: Certificate
  /**
   * Who signed the others' certificates, in PEM. With it a dialer checks the listener; without it the bytes are hidden
   * from whoever listens in, but not from an impostor.
   */
  readonly authorities?: string
  /** Mutual TLS: the listener asks the dialer for a certificate and checks it. */
  readonly verifyPeer: boolean
  readonly minVersion?: SecureVersion
}
