// Records what a command prints as an SVG that plays it: node scripts/record-terminal.mjs FILE.svg [--from TEXT] COMMAND [ARG ...]
// What is printed up to a line with TEXT stands there from the beginning.
// Only what a terminal of lines needs: bold, dim, colours. Viewers that do not animate show the last picture.
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { stripVTControlCharacters } from 'node:util'

const [file, ...words] = process.argv.slice(2)
const from = words[0] === '--from' ? words.splice(0, 2)[1] : undefined
const [command, ...args] = words
if (command === undefined) {
  console.error('usage: node scripts/record-terminal.mjs FILE.svg [--from TEXT] COMMAND [ARG ...]')
  process.exit(2)
}

const lineHeight = 19
const charWidth = 7.83
const margin = 18
/** Nobody wants to watch a pause. */
const longestGapMs = 1500
const endPauseMs = 6000
const colours = { 31: '#f47067', 32: '#57ab5a', 33: '#c69026', 34: '#539bf5', 35: '#b083f0', 36: '#39c5cf' }

const escape = String.fromCharCode(27)
const styleCodes = new RegExp(`(${escape}\\[[0-9;]*m)`)

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** A line with its colour codes as runs of one style each. */
function spans(line) {
  let [bold, dim, colour] = [false, false, undefined]
  let html = ''
  for (const part of line.split(styleCodes)) {
    const codes = part.startsWith(`${escape}[`) ? part.slice(2, -1).split(';').map(Number) : null
    if (codes === null) {
      if (part === '') continue
      const style = `${bold ? 'font-weight:700;' : ''}${dim ? 'opacity:.6;' : ''}${colour ? `fill:${colour};` : ''}`
      html += `<tspan${style === '' ? '' : ` style="${style}"`}>${escaped(part)}</tspan>`
      continue
    }
    for (const code of codes) {
      if (code === 0) [bold, dim, colour] = [false, false, undefined]
      else if (code === 1) bold = true
      else if (code === 2) dim = true
      else if (code === 22) [bold, dim] = [false, false]
      else if (code === 39) colour = undefined
      else colour = colours[code] ?? colour
    }
  }
  return html
}

function picture(lines) {
  const shown = lines.findIndex(({ text }) => from !== undefined && stripVTControlCharacters(text).includes(from))
  let atMs = 0
  let beforeMs = lines[Math.max(0, shown)]?.atMs ?? 0
  const timed = lines.map(({ text, atMs: real }, row) => {
    if (row <= shown) return { text, atMs: 0 }
    atMs += Math.min(longestGapMs, real - beforeMs)
    beforeMs = real
    return { text, atMs }
  })
  const totalMs = atMs + endPauseMs
  const width = Math.ceil(
    Math.max(...lines.map(({ text }) => stripVTControlCharacters(text).length), 60) * charWidth + 2 * margin,
  )
  const height = lines.length * lineHeight + 2 * margin + 20
  const rows = timed.map(({ text, atMs: ms }, row) => {
    const y = margin + 32 + row * lineHeight
    const share = ((ms / totalMs) * 100).toFixed(2)
    const rule =
      ms === 0
        ? `@keyframes l${row}{0%,100%{opacity:1}}`
        : `@keyframes l${row}{0%,${share}%{opacity:0}${(Number(share) + 0.01).toFixed(2)}%,100%{opacity:1}}`
    return {
      rule,
      html: `<text x="${margin}" y="${y}" style="animation-name:l${row}" xml:space="preserve">${spans(text)}</text>`,
    }
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="A recorded terminal">
<style>
text{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;fill:#cdd9e5}
@media (prefers-reduced-motion:no-preference){
text{animation:${(totalMs / 1000).toFixed(1)}s step-end infinite}
${rows.map(({ rule }) => rule).join('\n')}
}
</style>
<rect width="100%" height="100%" rx="8" fill="#1c2128"/>
<circle cx="20" cy="17" r="5" fill="#f47067"/><circle cx="38" cy="17" r="5" fill="#c69026"/><circle cx="56" cy="17" r="5" fill="#57ab5a"/>
${rows.map(({ html }) => html).join('\n')}
</svg>
`
}

const lines = [{ text: `${escape}[2m$${escape}[22m ${[command, ...args].join(' ')}`, atMs: 0 }]
const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, FORCE_COLOR: '1' } })
const startMs = performance.now()
let rest = ''
child.stdout.on('data', (bytes) => {
  process.stdout.write(bytes)
  const parts = `${rest}${bytes}`.split('\n')
  rest = parts.pop() ?? ''
  // npm says first what it runs; the command line stands above already.
  const isSaid = (text) => text.startsWith('> ') || (text === '' && lines.length === 1)
  for (const text of parts)
    if (!isSaid(text)) lines.push({ text: text.split('\r').at(-1) ?? '', atMs: performance.now() - startMs })
})
child.on('close', (code) => {
  if (code === 0) writeFileSync(file, picture(lines))
  process.exitCode = code ?? 1
})
