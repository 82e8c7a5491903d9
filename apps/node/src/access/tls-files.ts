import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Configuration, KeyPair, SelfNode } from '@ring/config'
import type { Certificate, TlsSettings } from '@ring/transport'
import { NodeSetupError } from '../errors.ts'
import { knownServers } from '../setup/own-node.ts'
import { authoritiesProblem, type CertificateStatus, checkPair } from './certificate-check.ts'

/** The files that a node's TLS is made of. */
export interface TlsFiles {
  readonly server: KeyPair | undefined
  readonly slave: KeyPair | undefined
  readonly caPath: string | undefined
}

export interface TlsMaterial {
  readonly settings: TlsSettings
  readonly certificates: readonly CertificateStatus[]
}

/** Which files this node's part of the configuration names; undefined where no server speaks TLS. */
export function tlsFilesOf(configuration: Configuration, self: SelfNode): TlsFiles | undefined {
  if (!knownServers(configuration, self).some(({ tls }) => tls.enabled)) return undefined
  const { global } = configuration
  if (self.role === 'slave') return { server: undefined, ...self.node.tls }
  if (self.node.tls.enabled) return self.node.tls
  // A server that speaks no TLS itself still dials those who do.
  const { slaveCert: certificate, slavePriKey: privateKey, caPath } = global
  const slave = certificate !== undefined && privateKey !== undefined ? { certificate, privateKey } : undefined
  return { server: undefined, slave, caPath }
}

/**
 * Reads the certificates that the configuration names and checks that they can be used now; undefined where the ring runs
 * without TLS.
 *
 * @throws NodeSetupError that names the file and what is wrong with it
 */
export async function readTls(
  configuration: Configuration,
  self: SelfNode,
  nowMs: number,
): Promise<TlsMaterial | undefined> {
  const files = tlsFilesOf(configuration, self)
  if (!files) return undefined
  const server = files.server && (await readPair('server', files.server, nowMs))
  const slave = files.slave && (await readPair('slave', files.slave, nowMs))
  const authorities = files.caPath === undefined ? undefined : await readAuthorities(files.caPath, nowMs)
  const dialer = slave ?? server
  const settings = {
    ...(server && { listener: server.pair }),
    ...(dialer && { dialer: dialer.pair }),
    ...(authorities !== undefined && { authorities }),
    verifyPeer: self.role === 'server' && self.node.tls.enabled && self.node.tls.verifyPeer,
    ...(configuration.global.sslMinVer === 'TLSV1.3' && { minVersion: 'TLSv1.3' as const }),
  }
  return { settings, certificates: [server, slave].flatMap((read) => (read ? [read.status] : [])) }
}

async function readPair(
  use: CertificateStatus['use'],
  { certificate: path, privateKey }: KeyPair,
  nowMs: number,
): Promise<{ readonly pair: Certificate; readonly status: CertificateStatus }> {
  const pair = { certificate: await readPem(path), privateKey: await readPem(privateKey) }
  const checked = checkPair(pair.certificate, pair.privateKey, nowMs)
  if (!checked.ok) throw new NodeSetupError(`The certificate ${path} ${checked.problem}.`)
  const { subject, notBeforeMs, notAfterMs } = checked
  return { pair, status: { use, path, subject, notBeforeMs, notAfterMs } }
}

async function readAuthorities(path: string, nowMs: number): Promise<string> {
  const names = await authorityFiles(path)
  const text = (await Promise.all(names.map(readPem))).join('\n')
  const problem = authoritiesProblem(text, nowMs)
  if (problem !== undefined) throw new NodeSetupError(`CAPATH ${path} ${problem}.`)
  return text
}

/** CAPATH is a file, or a directory of PEM files. */
async function authorityFiles(path: string): Promise<readonly string[]> {
  const state = await stat(path).catch(() => undefined)
  if (!state?.isDirectory()) return [path]
  const names = (await readdir(path)).filter((name) => /\.(pem|crt)$/.test(name)).sort()
  return names.map((name) => join(path, name))
}

async function readPem(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new NodeSetupError(`Could not read ${path}: ${(error as Error).message}. Check the certificate paths.`, {
      cause: error,
    })
  }
}
