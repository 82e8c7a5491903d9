/**
 * For the parse of a zod schema. Without it zod compiles each schema to a function when it is first used: 10 ms and more in
 * the first join of a process, code from a string, and not much won where a few messages come in a second.
 */
export const interpreted = { jitless: true } as const
