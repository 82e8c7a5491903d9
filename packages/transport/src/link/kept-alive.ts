/**
 * Has the operating system ask whether the other machine still knows a connection on which nothing was sent for a while
 * (Node then asks each second, ten times): for links that show no life of their own, as those of version 0.3.0.
 */
export const keptAlive = { keepAlive: true, keepAliveInitialDelay: 5_000 } as const
