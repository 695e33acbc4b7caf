import { describe, expect, test } from 'vitest';
import type { EntailmentLabel } from '../../../model/maskvlm/entailment-labels.js';
import { type EntailmentExample, entailmentAccuracy } from '../../../training/evaluation/entailment-accuracy.js';

const LETTERS: Record<string, EntailmentLabel> = { e: 'entailment', n: 'neutral', c: 'contradiction' };
const labels = (letters: string) => [...letters].map((letter) => LETTERS[letter]!);
const examplesOf = (letters: string): EntailmentExample[] =>
  labels(letters).map((label, i) => ({ id: `1.jpg#0r${i}`, label }));
const predictionsOf = (letters: string) => new Map(labels(letters).map((label, i) => [`1.jpg#0r${i}`, label]));

test('rows of the confusion are the truth, columns the predictions', () => {
  expect(entailmentAccuracy(examplesOf('eeeenncccc'), predictionsOf('eennnneccc'))).toEqual({
    examples: 10,
    accuracy: 70,
    perClass: { entailment: 50, neutral: 100, contradiction: 75 },
    confusion: [
      [2, 2, 0],
      [0, 2, 0],
      [1, 0, 3],
    ],
  });
});

test('a class without examples has no accuracy', () => {
  const result = entailmentAccuracy(examplesOf('ee'), predictionsOf('en'));
  expect(result.perClass).toEqual({ entailment: 50 });
  expect(JSON.parse(JSON.stringify(result))).toEqual(result);
});

describe('refuses', () => {
  test.each<[string, EntailmentExample[], Map<string, EntailmentLabel>, string]>([
    ['an example without prediction', examplesOf('ee'), predictionsOf('e'), 'pair 1.jpg#0r1: expected a prediction'],
    [
      'an unknown pair',
      examplesOf('e'),
      predictionsOf('ee'),
      'prediction for pair 1.jpg#0r1: expected one of the 1 pairs',
    ],
    ['no examples', [], new Map(), 'pairs to evaluate: expected at least one, got none'],
    [
      'another label',
      [{ id: 1, label: '-' as EntailmentLabel }],
      new Map([[1, 'neutral']]) as unknown as Map<string, EntailmentLabel>,
      'label: expected entailment, neutral, contradiction, got -',
    ],
  ])('%s', (_, examples, predictions, message) => {
    expect(() => entailmentAccuracy(examples, predictions)).toThrow(message);
  });
});
