/** What stands behind the name of a test that is skipped on this machine: the closing lines of a run repeat it. */
export const because = (reason: string | undefined): string => (reason === undefined ? '' : ` (skipped: ${reason})`)
