import type { Program } from '@ring/messaging'

/** A program that serves logs: the key names one, and its lines come as they are read. */
export function serveLines(program: Program, linesOf: (log: string) => AsyncIterable<string>): void {
  program.serve(async function* ({ key }) {
    for await (const line of linesOf(new TextDecoder().decode(key))) yield line
  })
}

/** The first lines of a log that hold a word: no more of it is read than that takes. */
export async function firstLinesWith(word: string, log: string, wanted: number, program: Program): Promise<string[]> {
  const found: string[] = []
  for await (const bytes of program.requestStream(log, '', { deadlineMs: 5_000 })) {
    const line = new TextDecoder().decode(bytes)
    if (line.includes(word) && found.push(line) === wanted) break
  }
  return found
}
