import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { expect, it } from 'vitest'
import { fromSource } from './daemon-process.ts'

it('F3: a command whose reader has gone, as `ring-node --help | head`, ends without a word', async () => {
  const child = spawn(process.execPath, [...fromSource, '--help'], { stdio: ['ignore', 'pipe', 'pipe'] })
  child.stdout.destroy()
  const ended = new Promise((resolve) => child.once('close', (code, signal) => resolve({ code, signal })))
  expect(await text(child.stderr)).toBe('')
  expect(await ended).toEqual({ code: 0, signal: null })
})
