const signals = ['SIGTERM', 'SIGINT'] as const

/**
 * Has the process leave before it ends by itself or is told to end. When nobody else listens to the signal, it then does to
 * the process what it would have done.
 *
 * @returns takes the handlers away again
 */
export function leaveOnExit(leave: () => Promise<void>): () => void {
  const onBeforeExit = () => void leave()
  const onSignal = (signal: NodeJS.Signals) => {
    void leave().then(() => {
      remove()
      if (process.listenerCount(signal) === 0) process.kill(process.pid, signal)
    })
  }
  const remove = () => {
    process.off('beforeExit', onBeforeExit)
    for (const signal of signals) process.off(signal, onSignal)
  }
  process.once('beforeExit', onBeforeExit)
  for (const signal of signals) process.on(signal, onSignal)
  return remove
}
