import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Configuration, KeyPair, SelfNode } from '@ring/config'
import type { Certificate, TlsSettings } from '@ring/transport'
import { NodeSetupError } from './errors.ts'

/** Reads the certificates that the configuration names; undefined where the ring runs without TLS. */
export async function readTls(configuration: Configuration, self: SelfNode): Promise<TlsSettings | undefined> {
  const servers = configuration.servers.map(({ tls }) => tls)
  const enabled = servers.filter((tls) => tls.enabled)
  if (enabled.length === 0) return undefined
  if (enabled.length < servers.length) {
    throw new NodeSetupError('SSL is on for some servers only. Switch it on for all of them, or for none.')
  }
  const own = self.role === 'server' && self.node.tls.enabled ? self.node.tls : undefined
  const slave = self.role === 'server' ? own?.slave : self.node.tls.slave
  const caPath = self.role === 'server' ? own?.caPath : self.node.tls.caPath
  const listener = own && (await readPair(own.server))
  const dialer = slave ? await readPair(slave) : listener
  const authorities = caPath === undefined ? undefined : await readAuthorities(caPath)
  const verifyPeer = enabled.some((tls) => tls.verifyPeer)
  return {
    ...(listener && { listener }),
    ...(dialer && { dialer }),
    ...(authorities !== undefined && { authorities }),
    verifyPeer,
    ...(configuration.global.sslMinVer === 'TLSV1.3' && { minVersion: 'TLSv1.3' as const }),
  }
}

async function readPair({ certificate, privateKey }: KeyPair): Promise<Certificate> {
  return { certificate: await readPem(certificate), privateKey: await readPem(privateKey) }
}

/** CAPATH is a file, or a directory of PEM files. */
async function readAuthorities(path: string): Promise<string> {
  const state = await stat(path).catch(() => undefined)
  if (!state?.isDirectory()) return readPem(path)
  const names = (await readdir(path)).filter((name) => /\.(pem|crt)$/.test(name)).sort()
  return (await Promise.all(names.map((name) => readPem(join(path, name))))).join('\n')
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
