/** Lets timers and sockets have their turn first. */
export function nextTurn(run: () => void): void {
  setImmediate(run)
}
