/**
 * What was thrown, as a text for people. Never throws itself, whatever that was: an error whose message is no text or cannot be
 * read, an object that no text can be made of.
 */
export function thrownText(thrown: unknown): string {
  try {
    const said: unknown = thrown instanceof Error ? thrown.message : thrown
    return String(said)
  } catch {
    return 'something was thrown that no text can be made of'
  }
}
