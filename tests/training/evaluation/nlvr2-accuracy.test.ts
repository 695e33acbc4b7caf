import { describe, expect, test } from 'vitest';
import { type Nlvr2Example, nlvr2Accuracy } from '../../../training/evaluation/nlvr2-accuracy.js';

const example = (identifier: string, label: boolean, set: string): Nlvr2Example => ({ identifier, label, set });

// Two sentences about the same pairs, and a third one.
const EXAMPLES = [
  example('dev-850-0-0', false, 'dev-850-0'),
  example('dev-850-1-0', true, 'dev-850-0'),
  example('dev-850-0-1', true, 'dev-850-1'),
  example('dev-850-1-1', true, 'dev-850-1'),
  example('dev-851-0-0', false, 'dev-851-0'),
];
const predict = (...labels: boolean[]) => new Map(EXAMPLES.map(({ identifier }, i) => [identifier, labels[i]!]));

test.each<[string, Map<string, boolean>, number, number]>([
  ['all right', predict(false, true, true, true, false), 100, 100],
  ['a wrong one early in its set', predict(true, true, true, true, false), 80, 200 / 3],
  ['a wrong one late in its set', predict(false, true, true, false, false), 80, 200 / 3],
  ['always true', predict(true, true, true, true, true), 60, 100 / 3],
  ['all wrong', predict(true, false, false, false, true), 0, 0],
])('%s', (_, predictions, accuracy, consistency) => {
  const result = nlvr2Accuracy(EXAMPLES, predictions);
  expect(result.examples).toBe(5);
  expect(result.accuracy).toBeCloseTo(accuracy, 10);
  expect(result.consistency).toBeCloseTo(consistency, 10);
});

describe('refuses', () => {
  test.each<[string, Nlvr2Example[], [string, boolean][], string]>([
    [
      'a statement without prediction',
      EXAMPLES.slice(0, 1),
      [],
      'statement dev-850-0-0: expected a prediction, got none',
    ],
    [
      'an unknown identifier',
      EXAMPLES.slice(0, 1),
      [
        ['dev-850-0-0', true],
        ['test1-0-0-0', true],
      ],
      'prediction for statement test1-0-0-0: expected one of the 1 statements to evaluate, got an unknown id',
    ],
    ['no statements', [], [], 'statements to evaluate: expected at least one, got none'],
  ])('%s', (_, examples, predictions, message) => {
    expect(() => nlvr2Accuracy(examples, new Map(predictions))).toThrow(message);
  });
});
