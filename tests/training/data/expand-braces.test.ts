import { expect, test } from 'vitest';
import { expandBraces } from '../../../training/data/expand-braces.js';

test.each([
  ['a.tar', ['a.tar']],
  ['a-{8..11}.tar', ['a-8.tar', 'a-9.tar', 'a-10.tar', 'a-11.tar']],
  ['a-{008..011}.tar', ['a-008.tar', 'a-009.tar', 'a-010.tar', 'a-011.tar']],
  ['{2..0}', ['2', '1', '0']],
  ['{vg,sbu}.json', ['vg.json', 'sbu.json']],
  ['{a,b}/{0..1}.tar', ['a/0.tar', 'a/1.tar', 'b/0.tar', 'b/1.tar']],
  ['{id}/x.json', ['{id}/x.json']],
  ['{id}/{a,b}', ['{id}/a', '{id}/b']],
])('%s', (pattern, want) => {
  expect(expandBraces(pattern)).toEqual(want);
});

test.each(['{0..99999999}', '{0..9999}{0..9999}'])('%s is too much', (pattern) => {
  expect(() => expandBraces(pattern)).toThrow('expected at most a million files');
});
