import { generate } from 'selfsigned'
import { describe, expect, it } from 'vitest'
import { authoritiesProblem, type CertificateStatus, checkPair, expiresSoon } from './certificate-check.ts'

const dayMs = 86_400_000

async function pair(fromMs: number, toMs: number) {
  const made = await generate([{ name: 'commonName', value: 'a.example' }], {
    algorithm: 'sha256',
    notBeforeDate: new Date(fromMs),
    notAfterDate: new Date(toMs),
  })
  return { certificate: made.cert, key: made.private }
}

describe('certificates', () => {
  it('F1: tells good, expired, not yet valid, and not matching apart', async () => {
    const now = Date.now()
    const [good, other] = [await pair(now - dayMs, now + dayMs), await pair(now - dayMs, now + dayMs)]
    expect(checkPair(good.certificate, good.key, now)).toMatchObject({ ok: true, subject: 'CN=a.example' })
    expect(checkPair(good.certificate, good.key, now + 2 * dayMs)).toMatchObject({
      problem: expect.stringContaining('expired on') as string,
    })
    expect(checkPair(good.certificate, good.key, now - 2 * dayMs)).toMatchObject({
      problem: expect.stringContaining('is valid from') as string,
    })
    expect(checkPair(good.certificate, other.key, now)).toEqual({ ok: false, problem: 'does not match its key' })
    expect(checkPair('rubbish', good.key, now)).toMatchObject({ ok: false })
    expect(checkPair(good.certificate, 'rubbish', now)).toMatchObject({ ok: false })
    expect(authoritiesProblem(good.certificate, now)).toBeUndefined()
    expect(authoritiesProblem(good.certificate, now + 2 * dayMs)).toContain('expired')
    expect(authoritiesProblem('', now)).toContain('no certificate')
    expect(authoritiesProblem(good.certificate.replace(/[A-Z]/g, 'B'), now)).toBeDefined()
  })

  it('F1: says in time that a certificate ends, for long lives and for short ones', () => {
    const of = (days: number): CertificateStatus => ({
      use: 'server',
      path: 'x',
      subject: '',
      notBeforeMs: 0,
      notAfterMs: days * dayMs,
    })
    expect(expiresSoon(of(365), 350 * dayMs)).toBe(false)
    expect(expiresSoon(of(365), 352 * dayMs)).toBe(true)
    expect(expiresSoon(of(6), 3 * dayMs)).toBe(false)
    expect(expiresSoon(of(6), 4.5 * dayMs)).toBe(true)
  })
})
