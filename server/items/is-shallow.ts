const DEEPEST = 64;

/** Whether an object has no more levels than this; deeper ones would overflow the stack of what walks them. */
export function isShallow(value: unknown, levels = DEEPEST): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > levels) return false;
    level = level.flatMap((inner) => (typeof inner === 'object' && inner !== null ? Object.values(inner) : []));
  }
  return true;
}
