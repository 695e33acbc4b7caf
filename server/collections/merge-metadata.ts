import type { Metadata } from './stored-item.js';

const isObject = (value: unknown): value is Metadata =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** JSON Merge Patch (RFC 7396): fields of the patch replace those of the target, objects are merged, null removes a field. */
export function mergeMetadata(target: Metadata, patch: Metadata): Metadata {
  const merged = new Map(Object.entries(target));
  for (const [field, value] of Object.entries(patch)) {
    const before = merged.get(field);
    if (value === null) merged.delete(field);
    else merged.set(field, isObject(value) ? mergeMetadata(isObject(before) ? before : {}, value) : value);
  }
  // Unlike an assignment this makes `__proto__` a field like any other.
  return Object.fromEntries(merged);
}
