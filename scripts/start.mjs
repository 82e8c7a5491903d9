// npm start: a ring of three servers and a slave on this machine, real messages through it, and a report.
// The ring stays up until Ctrl-C; with --once it ends after the report.
import { join, relative } from 'node:path'
import { buildApps } from './build-apps.mjs'
import { bold, dim, examples, LocalRing, logs, root, say } from './local-ring.mjs'
import { ready } from './ready.mjs'

const once = process.argv.includes('--once')
const seconds = 3

function picture() {
  say(`
      client program            ${dim('ring-bench --client')}
            |  UNIX socket
        slave node              ${dim('JSON string')}
        /   |   \\   TCP
  server A  server B  server C  ${dim('INI, YAML, JSON: one ring, partitions and replicas agreed by a majority')}
      |         |         |     UNIX socket
   program   program   program  ${dim('ring-bench --server')}
`)
}

function nextSteps() {
  const place = (path) => relative(root, path)
  say(`
${bold('The ring is up until Ctrl-C.')} Try, in another terminal:

  curl localhost:18053/readyz                     what the slave sees
  curl localhost:18023/metrics                    the first server's numbers
  pkill -9 -f 'run --config.*server-b'            kill the second server; then ask /readyz again
  node apps/node/dist/main.js run --config ${place(join(examples, 'server-b.yaml'))}
                                                  bring it back
  pkill -STOP -f 'run --config.*server-c'         hang the third one; -CONT wakes it
  node apps/bench/dist/main.js --client --config "$(cat ${place(join(examples, 'slave.json-string'))})" --duration 30s
                                                  load while you break things; the report counts every request once
  tail -f ${place(logs)}/*.log                what the nodes say

And as its operator, with the linetool:

  node apps/linetool/dist/main.js                 a session: status, check, help; it finds the nodes of this machine
  node apps/linetool/dist/main.js top             a live view of all nodes
  node apps/linetool/dist/main.js serviceout 127.0.0.1:18041 --plan
                                                  what would move if the third server went out of service
`)
}

ready()
buildApps()
const ring = new LocalRing()
await ring.start()
picture()
say(bold(`Sending keyed requests through the slave for ${seconds} s`))
const { code } = await ring.load(['--in-flight', '16', '--size', '128', '--duration', `${seconds}s`])
if (once || code !== 0) await ring.end(code)
else if (!ring.isEnding) {
  ring.toleratesEnds = true
  nextSteps()
}
