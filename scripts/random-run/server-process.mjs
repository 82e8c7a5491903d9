// A server program: attached to the node of its order, or embedded in a node of its own process. Its handler writes down what
// it starts, and answers with the name of its node.
import { appendFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { bodyOf } from './bodies.mjs'
import { loadMessaging, loadNode } from './code.mjs'
import { StartLog } from './records.mjs'

const { node, program, starts, log, embedded } = JSON.parse(process.argv[2])
const startLog = new StartLog(starts)
const nameBytes = Buffer.from(node.name)
const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

function handler(request) {
  const body = bodyOf(request.body)
  startLog.write({ ...body, server: node.index, program, version: request.version ?? 0 })
  // What a handler does is drawn from the number of the call: most answer at once.
  const draw = Math.imul(body.call ^ (body.client << 28), 0x9e3779b1) >>> 0
  const share = (draw >>> 8) % 1_000
  if (share < 3) throw new Error('drawn')
  if (share < 6) compute(1 + (draw % 8))
  const answer = Buffer.alloc(8 + nameBytes.length)
  answer.writeUInt32LE(body.call, 0)
  answer[4] = body.client
  answer[5] = body.isWhole ? 1 : 0
  answer.set(nameBytes, 8)
  if (share < 20) return later(1 + (draw % 60)).then(() => answer)
  if (share < 22) return later(500 + (draw % 1_500)).then(() => answer)
  return answer
}

function compute(ms) {
  const endMs = performance.now() + ms
  while (performance.now() < endMs);
}

async function attach() {
  const { attachProgram } = await loadMessaging()
  for (;;) {
    try {
      const options = { runtimeDirectory: node.runtimeDirectory, role: 'server', name: `program ${program}` }
      return await attachProgram({ ...options, reattach: true, handler })
    } catch {
      await later(50)
    }
  }
}

async function embed() {
  const { startNode } = await loadNode()
  const line = (level) => (fields, msg) => {
    appendFileSync(log, `${JSON.stringify({ time: new Date().toISOString(), level, ...fields, msg })}\n`)
  }
  const logger = { debug: () => {}, info: line('info'), warn: line('warn'), error: line('error') }
  const started = await startNode({ configuration: node.configuration, ctlPort: node.ctlPort, logger })
  started.embed({ role: 'server', name: `program ${program}` }).serve(handler)
  return { close: () => started.stop() }
}

const running = embedded ? await embed() : await attach()
process.on('SIGTERM', () => void running.close().then(() => process.exit(0)))
process.on('disconnect', () => process.exit())
