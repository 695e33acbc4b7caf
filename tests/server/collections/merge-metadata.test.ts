import { expect, test } from 'vitest';
import { mergeMetadata } from '../../../server/collections/merge-metadata.js';

test.each([
  ['adds and replaces', { a: 1, b: 2 }, { b: 3, c: 4 }, { a: 1, b: 3, c: 4 }],
  ['removes', { a: 1, b: 2 }, { a: null, x: null }, { b: 2 }],
  ['goes into objects', { a: { b: 1, c: 2 } }, { a: { c: null, d: 3 } }, { a: { b: 1, d: 3 } }],
  ['replaces lists as a whole', { a: [1, 2] }, { a: [3] }, { a: [3] }],
  ['makes an object of what is none', { a: 5 }, { a: { b: 1, c: null } }, { a: { b: 1 } }],
  ['replaces an object by what is none', { a: { b: 1 } }, { a: 'x' }, { a: 'x' }],
])('%s', (_name, target, patch, want) => {
  const before = JSON.stringify(target);
  expect(mergeMetadata(target, patch)).toEqual(want);
  expect(JSON.stringify(target)).toBe(before);
});

test('a field called __proto__ is one like any other', () => {
  const merged = mergeMetadata({ a: 1 }, JSON.parse('{"__proto__": {"polluted": true}}'));
  expect(Object.keys(merged)).toEqual(['a', '__proto__']);
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});
