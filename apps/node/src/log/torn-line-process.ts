// For log-sink.test.ts: writes until a line is cut in the middle, makes room, and writes on. The limit of a file's size is
// set by who starts this process; argument: the log file.
import { truncateSync } from 'node:fs'
import { FileOutput } from './log-output.ts'
import { LogSink } from './log-sink.ts'

const [path = ''] = process.argv.slice(2)
const sink = new LogSink(FileOutput.open(path), (lines) => `lost ${lines}\n`)
const line = `${'x'.repeat(2_999)}\n`
sink.write(line)
sink.write(line)
sink.write(line)
// What is left of the torn line, as a rotation that copies and cuts would leave it.
truncateSync(path, 3_010)
sink.write('after\n')
