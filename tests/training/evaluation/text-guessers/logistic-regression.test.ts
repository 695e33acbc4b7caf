import { expect, test } from 'vitest';
import { createRng } from '../../../../model/random.js';
import { fitLogisticRegression } from '../../../../training/evaluation/text-guessers/logistic-regression.js';

const rng = createRng('logistic-regression-test');
const COLORS = ['red', 'green', 'blue', 'pink'];
const filler = () => Array.from({ length: rng.int(4) }, () => rng.pick(['well', 'so', 'now', 'then'])).join(' ');

test('learns from the order of words, wherever they are', () => {
  const make = () => {
    const left = rng.next() < 0.5;
    return { text: `${filler()} ${left ? 'left of' : 'of left'} ${filler()}`, label: left ? 'yes' : 'no' };
  };
  const guess = fitLogisticRegression(Array.from({ length: 200 }, make), 1);
  for (const { text, label } of Array.from({ length: 50 }, make)) expect(guess(text), text).toBe(label);
});

test('weighs words against each other: of two colours the one that comes later in the list, in whatever order they are said', () => {
  const make = () => {
    const [first, second] = rng.shuffle([0, 1, 2, 3]);
    return {
      text: `${filler()} ${COLORS[first!]} ${filler()} ${COLORS[second!]}`,
      label: COLORS[Math.max(first!, second!)]!,
    };
  };
  const guess = fitLogisticRegression(Array.from({ length: 600 }, make), 1);
  const unseen = Array.from({ length: 100 }, make);
  expect(unseen.filter(({ text, label }) => guess(text) === label).length).toBeGreaterThan(95);
});

test('without a word it knows, it tells the most frequent label; the same seed gives the same guesses', () => {
  const examples = Array.from({ length: 90 }, (_, i) => ({ text: `${filler()} ${i}`, label: i % 3 ? 'no' : 'yes' }));
  expect(fitLogisticRegression(examples, 1)('unheard')).toBe('no');
  const texts = Array.from({ length: 200 }, filler);
  expect(texts.map(fitLogisticRegression(examples, 5))).toEqual(texts.map(fitLogisticRegression(examples, 5)));
});
