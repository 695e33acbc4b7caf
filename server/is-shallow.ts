const DEEPEST = 64;

/**
 * Whether a value has no more levels than this. Looked at level by level: recursion, JSON.stringify's included, would overflow the stack on a
 * hostile depth.
 */
export function isShallow(value: unknown, levels = DEEPEST): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > levels) return false;
    level = level.flatMap((inner) => (typeof inner === 'object' && inner !== null ? Object.values(inner) : []));
  }
  return true;
}
