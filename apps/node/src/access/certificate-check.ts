import { createPrivateKey, X509Certificate } from 'node:crypto'

/** What an operator wants to know of a certificate that is in use. */
export interface CertificateStatus {
  /** `server` is shown to those who connect, `slave` when dialling. */
  readonly use: 'server' | 'slave'
  readonly path: string
  readonly subject: string
  /** Unix milliseconds. */
  readonly notBeforeMs: number
  readonly notAfterMs: number
  /** Why the file that is there now was not taken; the certificate above is still the one in use. */
  readonly problem?: string
}

const dayMs = 86_400_000

export type Checked =
  | { readonly ok: true; readonly subject: string; readonly notBeforeMs: number; readonly notAfterMs: number }
  | { readonly ok: false; readonly problem: string }

/** Whether a certificate and its key, both PEM, can be used now. */
export function checkPair(certificate: string, privateKey: string, nowMs: number): Checked {
  let parsed: X509Certificate
  try {
    parsed = new X509Certificate(certificate)
  } catch {
    return { ok: false, problem: 'is not a certificate in PEM' }
  }
  const [notBeforeMs, notAfterMs] = [Date.parse(parsed.validFrom), Date.parse(parsed.validTo)]
  if (notAfterMs <= nowMs) return { ok: false, problem: `expired on ${day(notAfterMs)}; renew it` }
  if (notBeforeMs > nowMs) return { ok: false, problem: `is valid from ${day(notBeforeMs)} only; check the clock` }
  try {
    if (!parsed.checkPrivateKey(createPrivateKey(privateKey))) return { ok: false, problem: 'does not match its key' }
  } catch {
    return { ok: false, problem: 'has a key that is not a private key in PEM without a passphrase' }
  }
  return { ok: true, subject: parsed.subject.replaceAll('\n', ', '), notBeforeMs, notAfterMs }
}

/** Why a CAPATH's text cannot be used: it holds no certificate, or only ones that are over. */
export function authoritiesProblem(text: string, nowMs: number): string | undefined {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  if (blocks.length === 0) return 'holds no certificate in PEM'
  try {
    const ends = blocks.map((block) => Date.parse(new X509Certificate(block).validTo))
    return ends.every((endMs) => endMs <= nowMs) ? `expired on ${day(Math.max(...ends))}; renew it` : undefined
  } catch {
    return 'holds a certificate that cannot be read'
  }
}

/** Whether it is time to renew: two weeks before the end, or the last third of a short life. */
export function expiresSoon({ notBeforeMs, notAfterMs }: CertificateStatus, nowMs: number): boolean {
  return notAfterMs - nowMs < Math.min(14 * dayMs, (notAfterMs - notBeforeMs) / 3)
}

const day = (ms: number) => new Date(ms).toISOString().slice(0, 10)
