import { describe, expect, test } from 'vitest';
import { findSamePairs, itcTargets, textKey } from '../../../training/data/same-pairs.js';

const rows = (values: ArrayLike<number>, size: number) =>
  Array.from({ length: size }, (_, row) => Array.from({ length: size }, (_, column) => values[row * size + column]));

// 0 and 1 have the same caption; 2 and 3 are one picture; the text of 4 is also true of picture 5.
const samples = [
  { imageKey: 'a', textId: 1, trueTextIds: [1, 10] },
  { imageKey: 'b', textId: 1, trueTextIds: [1] },
  { imageKey: 'c', textId: 2, trueTextIds: [2, 3] },
  { imageKey: 'c', textId: 3, trueTextIds: [2, 3] },
  { imageKey: 'd', textId: 4, trueTextIds: [4] },
  { imageKey: 'e', textId: 5, trueTextIds: [4, 5] },
];
const want = [
  [1, 1, 0, 0, 0, 0],
  [1, 1, 0, 0, 0, 0],
  [0, 0, 1, 1, 0, 0],
  [0, 0, 1, 1, 0, 0],
  [0, 0, 0, 0, 1, 1],
  [0, 0, 0, 0, 1, 1],
];

describe('pairs that belong together', () => {
  test('same caption, same picture, or a caption of the other picture', () => {
    expect(rows(findSamePairs(samples), 6)).toEqual(want);
  });

  test('a batch of one', () => {
    expect([...findSamePairs(samples.slice(0, 1))]).toEqual([1]);
  });
});

describe('ITC targets', () => {
  const same = findSamePairs(samples);
  test('diagonal: the own pair alone', () => {
    expect(rows(itcTargets(same, 6, 'diagonal'), 6)).toEqual(want.map((_, i) => want.map((_, j) => Number(i === j))));
  });
  test('caption: equal shares, rows sum to 1', () => {
    expect(rows(itcTargets(same, 6, 'caption'), 6)).toEqual(want.map((row) => row.map((flag) => flag / 2)));
  });
});

test.each([
  ['There is a lake .', 'there is a lake', true],
  ['two  cars', 'Two cars!', true],
  ['two cars', 'three cars', false],
  ['?', '!', false],
])('%j and %j say the same: %s', (a, b, same) => {
  expect(textKey(a) === textKey(b)).toBe(same);
});
