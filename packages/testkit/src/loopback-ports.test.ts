import { execFileSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { freshPort, freshPorts } from './loopback-ports.ts'

it('no port is given twice, in this process or to another one that runs beside it', () => {
  const own = Array.from({ length: 120 }, () => freshPort())
  const script = `import { freshPort } from ${JSON.stringify(new URL('./loopback-ports.ts', import.meta.url).href)}
console.log(JSON.stringify(Array.from({ length: 120 }, () => freshPort())))`
  const others = Array.from({ length: 2 }, () => {
    const args = ['--import', 'tsx', '--input-type=module', '-e', script]
    return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as readonly number[]
  })
  for (const other of others) expect(own.filter((port) => other.includes(port))).toEqual([])
  expect(new Set(own).size).toBe(120)
  expect(Math.min(...own)).toBeGreaterThanOrEqual(10_000)
  expect(Math.max(...own)).toBeLessThan(32_768)
})

it('ports can be one after the other', () => {
  const first = freshPorts(50)
  expect(freshPort()).not.toBe(first + 49)
  expect(() => freshPorts(51)).toThrow(RangeError)
})
