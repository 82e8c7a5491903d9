/** The longest delay that a timer can have, in milliseconds. */
const timerMaxMs = 0x7fff_ffff

/** Keeps the process alive until it is released: all else of a membership does not. */
export function holdProcess(): { release(): void } {
  const timer = setInterval(() => undefined, timerMaxMs)
  return { release: () => clearInterval(timer) }
}
