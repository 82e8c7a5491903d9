import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sampleIni, sampleJson, sampleYaml } from './core/sample.testdata.ts'
import { loadConfiguration } from './load.ts'
import { sourceFromArgument, sourceFromEnvironment } from './source.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ring-config-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function load(name: string, content: string | Uint8Array) {
  await writeFile(join(folder, name), content)
  return loadConfiguration(sourceFromArgument(name), { workingDirectory: folder })
}

describe('A1: loading', () => {
  it('A1: four forms, and files whose extension says nothing, give the same result', async () => {
    const expected = await load('ring.ini', sampleIni)
    expect(expected.source).toEqual({ kind: 'file', path: join(folder, 'ring.ini'), syntax: 'ini' })
    const others = [
      await load('ring.yaml', sampleYaml),
      await load('ring.YML', sampleYaml),
      await load('ring.json', sampleJson),
      await load('ring', sampleIni),
      await load('ini.conf', sampleIni),
      await load('yaml.conf', sampleYaml),
      await load('json.conf', `\uFEFF${sampleJson}`),
      await loadConfiguration(sourceFromArgument(sampleJson)),
      await loadConfiguration(sourceFromEnvironment({ CHMCONFFILE: '', CHMJSONCONF: sampleJson })!),
    ]
    for (const { global, servers, slaves, warnings } of others) {
      expect({ global, servers, slaves, warnings }).toStrictEqual({
        global: expected.global,
        servers: expected.servers,
        slaves: expected.slaves,
        warnings: [],
      })
    }
  })

  it('A1: "JSON" in single quotes, as users of CHMPX write it on a command line', async () => {
    const expected = await load('ring.ini', sampleIni)
    const single = sampleJson
      .replaceAll('"', "'")
      .replaceAll(/\s+#.*$/gm, '')
      .replaceAll('\n', ' ')
    const { global, servers, slaves } = await loadConfiguration(sourceFromArgument(single))
    expect({ global, servers, slaves }).toStrictEqual({
      global: expected.global,
      servers: expected.servers,
      slaves: expected.slaves,
    })
  })

  it('A1: INCLUDE and paths count from the file that names them, those of a JSON string from the working directory', async () => {
    await mkdir(join(folder, 'parts/deep'), { recursive: true })
    await writeFile(join(folder, 'parts/deep/tls.yaml'), 'GLOBAL: {CAPATH: ca.pem, SERVER_CERT: ../c.pem, PORT: no}\n')
    await writeFile(join(folder, 'parts/more.ini'), 'INCLUDE = deep/tls.yaml\n')
    const failed = load('with.ini', `${sampleIni}INCLUDE = parts/more.ini\nINCLUDE = parts/none.ini\n`)
    await expect(failed).rejects.toThrow(
      /with\.ini:32: INCLUDE = parts\/none\.ini: cannot be read \(ENOENT\)[^]*\nparts\/deep\/tls\.yaml:1:\d+: \[GLOBAL\] PORT = no/,
    )
    await writeFile(join(folder, 'parts/ca.pem'), '')
    await writeFile(
      join(folder, 'parts/ca.ini'),
      '[GLOBAL]\nSSL = on\nCAPATH = ca.pem\nSERVER_CERT = ca.pem\nSERVER_PRIKEY = ca.pem\n',
    )
    const json = sampleJson.replace('"GLOBAL"', '"INCLUDE": "parts/ca.ini", "GLOBAL"').replace('"SSL": false,', '')
    const { servers } = await loadConfiguration(sourceFromArgument(json), { workingDirectory: folder })
    expect(servers[0]?.tls).toMatchObject({ caPath: join(folder, 'parts/ca.pem') })
  })

  it('A1: a JSON text that is cut off is not shown as the path of a file', async () => {
    const loading = loadConfiguration(sourceFromArgument("{'RING': {'GROUPKEY': 'hunter2"))
    await expect(loading).rejects.toThrow(/JSON string:1:\d+: /)
    await expect(loading).rejects.not.toThrow(/hunter2/)
  })

  it('A1: tells what is wrong with a file', async () => {
    const noFile = loadConfiguration({ kind: 'file', path: 'none.ini' }, { workingDirectory: folder })
    await expect(noFile).rejects.toThrow(/none\.ini: cannot be read \(ENOENT\)/)
    await expect(loadConfiguration({ kind: 'file', path: folder })).rejects.toThrow(/cannot be read \(EISDIR\)/)
    await expect(load('large.ini', '#'.repeat(1024 * 1024 + 1))).rejects.toThrow(/at most 1048576 bytes/)
    await load('sparse.yaml', sampleYaml)
    await truncate(join(folder, 'sparse.yaml'), 100 * 1024 * 1024)
    await expect(loadConfiguration({ kind: 'file', path: join(folder, 'sparse.yaml') })).rejects.toThrow(
      /at most 1048576/,
    )
    await expect(load('binary.ini', Uint8Array.of(0xff, 0xfe))).rejects.toThrow(/UTF-8/)
    await expect(
      load('full.ini', `${'#'.repeat(1024 * 1024 - sampleIni.length - 1)}\n${sampleIni}`),
    ).resolves.toBeDefined()
  })

  it('A11: certificate files must be there, seen from the configuration file', async () => {
    const text = sampleIni.replace('SSL = no', 'SSL = on\nSERVER_CERT = cert.pem\nSERVER_PRIKEY = gone.pem')
    await writeFile(join(folder, 'cert.pem'), '')
    const path = join(folder, 'gone.pem')
    await expect(load('tls.ini', text)).rejects.toMatchObject({
      code: 'RING_CONFIG_INVALID',
      issues: [{ file: 'tls.ini', line: 17, key: 'SERVER_PRIKEY', severity: 'error' }],
    })
    await writeFile(path, '')
    expect((await load('tls.ini', text)).servers[0]?.tls).toMatchObject({ server: { privateKey: path } })
  })
})
