import { expect, test } from 'vitest';
import { softmax } from '../../../model/classification/softmax.js';
import { matchProbability } from '../../../model/maskvlm/match-probability.js';

test('it is the second class of the softmax over both logits', () => {
  for (const [noMatch, match] of [
    [0, 0],
    [-1.5, 2],
    [3, -0.25],
  ] as const) {
    const [, probability] = softmax(Float32Array.of(noMatch, match));
    expect(matchProbability(match - noMatch)).toBeCloseTo(probability!, 6);
  }
});

test.each([
  [Number.POSITIVE_INFINITY, 1],
  [1000, 1],
  [-1000, 0],
  [Number.NEGATIVE_INFINITY, 0],
])('a margin of %d is a probability of %d', (margin, probability) => {
  expect(matchProbability(margin)).toBe(probability);
});
