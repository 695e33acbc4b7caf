/** One key that two documents disagree on; `before` and `now` are JSON, or `nothing`. */
export interface Difference {
  key: string;
  before: string;
  now: string;
}

const isParent = (value: unknown): value is object => typeof value === 'object' && value !== null;
const spell = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));

/** The first key, as a dotted path, on which two parsed YAML documents disagree; null where they say the same. */
export function firstDifference(before: unknown, now: unknown, path: readonly string[] = []): Difference | null {
  if (!isParent(before) || !isParent(now) || Array.isArray(before) !== Array.isArray(now)) {
    const [old, fresh] = [spell(before), spell(now)];
    return old === fresh ? null : { key: path.join('.'), before: old, now: fresh };
  }
  const [olds, news] = [new Map(Object.entries(before)), new Map(Object.entries(now))];
  for (const key of new Set([...olds.keys(), ...news.keys()])) {
    const found = firstDifference(olds.get(key), news.get(key), [...path, key]);
    if (found) return found;
  }
  return null;
}
