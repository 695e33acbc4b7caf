import { expect, test } from 'vitest';
import { firstDifference } from '../../../training/recipe/first-difference.js';

test.each<[string, unknown, unknown, ReturnType<typeof firstDifference>]>([
  ['equal documents', { a: { b: [1, 2] } }, { a: { b: [1, 2] } }, null],
  ['keys in another order', { a: 1, b: 2 }, { b: 2, a: 1 }, null],
  ['a changed value', { a: { b: 1 } }, { a: { b: 2 } }, { key: 'a.b', before: '1', now: '2' }],
  ['a key that is gone', { a: { b: 1 } }, { a: {} }, { key: 'a.b', before: '1', now: 'nothing' }],
  ['a key that is new', {}, { a: null }, { key: 'a', before: 'nothing', now: 'null' }],
  ['a longer list', { a: ['x'] }, { a: ['x', 'y'] }, { key: 'a.1', before: 'nothing', now: '"y"' }],
  ['a mapping in the place of a value', { a: null }, { a: { b: 1 } }, { key: 'a', before: 'null', now: '{"b":1}' }],
])('%s', (_, before, now, want) => {
  expect(firstDifference(before, now)).toEqual(want);
});
