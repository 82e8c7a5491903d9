import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { FileOutput, type LogOutput, StreamOutput } from './log-output.ts'
import { LogSink } from './log-sink.ts'

const folder = mkdtempSync(join(tmpdir(), 'ring-log-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const sinkOf = (output: LogOutput) => new LogSink(output, (lines) => `lost ${lines}\n`)

/** A pipe whose reader reads when it is told to. */
function stalledPipe() {
  const pipe = new PassThrough({ highWaterMark: 1 })
  return { output: new StreamOutput(pipe as unknown as NodeJS.WriteStream), pipe }
}

describe('F3: a log that cannot be written holds nobody up', () => {
  it('F3: a device that is full loses lines, and counts them', () => {
    const sink = sinkOf(FileOutput.open('/dev/full'))
    for (let line = 0; line < 3; line++) sink.write('a line\n')
    expect(sink.lost).toBe(3)
  })

  it('F3: a reader that stands still costs a bounded memory, and is told what it missed', async () => {
    const { output, pipe } = stalledPipe()
    const sink = sinkOf(output)
    const line = `${'x'.repeat(1023)}\n`
    for (let lines = 0; lines < 5000; lines++) sink.write(line)
    expect(pipe.writableLength).toBeLessThan(1_100_000)
    expect(sink.lost).toBeGreaterThan(3800)
    const lost = sink.lost
    let read = ''
    pipe.on('data', (bytes) => {
      read += String(bytes)
    })
    while (pipe.writableLength > 0) await new Promise((resolve) => setImmediate(resolve))
    sink.write('after\n')
    while (!read.endsWith('after\n')) await new Promise((resolve) => setImmediate(resolve))
    expect(read).toContain(`\nlost ${lost}\nafter\n`)
    expect(sink.lost).toBe(lost)
  })

  it('F3: a reader that went away is no error', async () => {
    const { output, pipe } = stalledPipe()
    const sink = sinkOf(output)
    pipe.destroy(new Error('EPIPE'))
    await new Promise((resolve) => pipe.once('close', resolve))
    sink.write('a line\n')
    expect(sink.lost).toBe(1)
    await sink.flush()
  })

  it('F3: after a rotation the file of the old name is a new one', () => {
    const path = join(folder, 'ring.log')
    const sink = sinkOf(FileOutput.open(path))
    sink.write('one\n')
    renameSync(path, `${path}.1`)
    sink.write('two\n')
    sink.reopen()
    sink.write('three\n')
    expect(readFileSync(`${path}.1`, 'utf8')).toBe('one\ntwo\n')
    expect(readFileSync(path, 'utf8')).toBe('three\n')
  })

  it('F3: a line that was cut in the middle ends there, and the next one is whole', () => {
    const path = join(folder, 'torn.log')
    const program = fileURLToPath(new URL('torn-line-process.ts', import.meta.url))
    const node = `"${process.execPath}" --conditions=@ring/source --import tsx "${program}" "${path}"`
    // Blocks of 512 bytes: room for one line and a third of the next. (tsx keeps what it compiled in files, too.)
    const { status, stderr } = spawnSync('sh', ['-c', `ulimit -f 8; ${node}`], {
      encoding: 'utf8',
      env: { ...process.env, TSX_DISABLE_CACHE: '1' },
    })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    const [first, torn, ...rest] = readFileSync(path, 'utf8').split('\n')
    expect([first?.length, torn]).toEqual([2_999, 'x'.repeat(10)])
    expect(rest).toEqual(['lost 2', 'after', ''])
  })

  it('F3: a file that cannot be opened for another reason than a full disk is told', () => {
    expect(() => FileOutput.open(join(folder, 'none', 'ring.log'))).toThrow(/ENOENT/)
  })
})
