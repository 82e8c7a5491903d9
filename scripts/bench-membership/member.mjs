// One member of `npm run bench:membership`: does what it is told over IPC, and reports every view with the time of the
// machine's monotonic clock, which all processes share.

/** The built package, with the types of its source: a checkout that is not built can be checked, too. */
const built = (path) => import(new URL(path, import.meta.url).href)
const discovery = /** @type {typeof import('../../packages/discovery/src/index.ts')} */ (
  await built('../../packages/discovery/dist/index.js')
)
const { join } = /** @type {typeof import('../../packages/gms/src/index.ts')} */ (
  await built('../../packages/gms/dist/index.js')
)
const { viewMerging } = /** @type {typeof import('../../packages/merge/src/index.ts')} */ (
  await built('../../packages/merge/dist/index.js')
)

const nowMs = () => Number(process.hrtime.bigint()) / 1e6
const tell = (report) => process.send?.(report)
let membership

const commands = {
  async join({ options, find }) {
    const calledMs = nowMs()
    const listeners = {
      view: ({ view: { lineage, version, members } }) =>
        tell({ type: 'view', atMs: nowMs(), lineage, version, members: members.map(({ name }) => name) }),
    }
    const protocol = find && { discovery: discovery[find.protocol](...find.settings) }
    tell({ type: 'joining', atMs: calledMs })
    membership = await join({ ...options, ...protocol, merging: viewMerging(), listeners, keepAlive: true })
    tell({ type: 'joined', atMs: nowMs(), calledMs })
  },
  async leave() {
    const calledMs = nowMs()
    tell({ type: 'leaving', atMs: calledMs })
    await membership.leave()
    tell({ type: 'left', atMs: nowMs(), calledMs })
  },
}

process.on('message', ({ command, ...settings }) => {
  commands[command](settings).catch((error) => tell({ type: 'failed', atMs: nowMs(), text: String(error.stack) }))
})
process.on('disconnect', () => process.exit())
tell({ type: 'ready', atMs: nowMs() })
