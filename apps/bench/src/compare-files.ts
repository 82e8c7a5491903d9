import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { compare, compareText } from './core/compare.ts'
import type { ClientReport } from './core/report.ts'
import type { CompareSettings } from './core/settings.ts'
import { UsageError } from './core/usage-error.ts'
import { exitCodes } from './exit-codes.ts'
import { Output } from './output.ts'

/** `ring-bench compare`: returns the exit code. */
export async function runCompare({ before, after, json }: CompareSettings): Promise<number> {
  const names = { before: basename(before), after: basename(after) }
  const [one, other] = [await readReport(before), await readReport(after)]
  try {
    const report = compare(one, other, names)
    new Output('wan', json).report(report, () => compareText(report))
  } catch (error) {
    throw new UsageError(`A figure is missing in ${before} or ${after}: ${(error as Error).message}.`)
  }
  return exitCodes.ok
}

async function readReport(file: string): Promise<ClientReport> {
  let value: unknown
  try {
    value = JSON.parse(await readFile(file, 'utf8'))
  } catch (error) {
    throw new UsageError(`${file} cannot be compared: ${(error as Error).message}`)
  }
  const { format, end, formatVersion, runs } = (value ?? {}) as Partial<ClientReport>
  if (format !== 'ring-bench' || end !== 'client' || formatVersion !== 1 || !Array.isArray(runs)) {
    throw new UsageError(`${file} is no report of a client end; --save writes one.`)
  }
  return value as ClientReport
}
