/**
 * A failure that its reader can act on. The message always reads `<what>: expected <x>, got <y>`; the command line prints it as
 * `error: ...` and exits with 1, the server turns it into problem+json.
 */
export class ExpectationError extends Error {
  override name = 'ExpectationError';
  constructor(
    readonly what: string,
    readonly expected: string,
    readonly got: string,
  ) {
    super(`${what}: expected ${expected}, got ${got}`);
  }
}

/** Throws an {@link ExpectationError} unless `condition` holds. */
export function expect(condition: unknown, what: string, expected: string, got: unknown): asserts condition {
  if (!condition) throw new ExpectationError(what, expected, String(got));
}
