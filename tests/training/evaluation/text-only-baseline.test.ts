import { describe, expect, test } from 'vitest';
import { createRng } from '../../../model/random.js';
import { type BaselineExample, fitTextBaseline } from '../../../training/evaluation/text-only-baseline.js';

const rng = createRng('text-only-baseline-test');
const many = (n: number, make: (i: number) => BaselineExample) => Array.from({ length: n }, (_, i) => make(i));
const THINGS = ['ball', 'cube', 'cone', 'ring', 'disc', 'tube'];
const COLORS = ['red', 'green', 'blue', 'pink', 'gray'];

describe('the strongest guesser is taken', () => {
  test('the most frequent label where texts tell nothing', () => {
    const examples = many(300, (i) => ({
      text: `is it ${rng.pick(COLORS)} or ${rng.pick(THINGS)} number ${i}`,
      label: i % 3 ? 'true' : 'false',
    }));
    const { name, predict } = fitTextBaseline(examples, 1);
    expect(name).toBe('most frequent label');
    expect(predict('is it red')).toBe('true');
  });

  test('question types where they decide: the simplest of those that are always right', () => {
    const examples = many(200, (i) => {
      const [color, thing] = [rng.pick(COLORS), rng.pick(THINGS)];
      const texts = [
        `is there a ${color} ${thing} ${i}`,
        `what shape has the ${color} ${thing} ${i}`,
        `what color has ${i}`,
      ];
      return { text: texts[i % 3]!, label: ['yes', 'cube', 'red'][i % 3]! };
    });
    const { name, candidates, predict } = fitTextBaseline(examples, 1);
    expect(name).toBe('most frequent label by the first 2 words');
    expect(candidates.find((candidate) => candidate.name === name)!.accuracy).toBe(100);
    expect(predict('what color has the sky')).toBe('red');
  });

  test('words wherever they are', () => {
    const examples = many(300, (i) => {
      const color = rng.pick(COLORS);
      return { text: `tell me about the ${rng.pick(THINGS)} that is ${color} in ${i}`, label: color };
    });
    const { name, predict } = fitTextBaseline(examples, 1);
    expect(name).toMatch(/naive Bayes|logistic regression/);
    expect(predict('a pink thing')).toBe('pink');
  });

  test('whole texts where they come again in other groups, and only there', () => {
    // The label is a function of two words together that neither tells, and no pair of neighbours.
    const ask = (i: number) => {
      const [a, b] = [rng.int(5), rng.int(6)];
      const label = (a * 3 + b * 5 + a * b) % 2 ? 'yes' : 'no';
      return { text: `of the ${COLORS[a]} ones is any a ${THINGS[b]}`, label, picture: `${i}.png` };
    };
    const asked = Array.from({ length: 800 }, (_, i) => ask(i));
    const grouped = asked.map(({ text, label, picture }) => ({ text, label, group: picture }));
    expect(fitTextBaseline(grouped, 1).name).toBe('most frequent label by the whole text');
    const alone = asked.map(({ text, label }) => ({ text, label }));
    expect(fitTextBaseline(alone, 1).name).not.toBe('most frequent label by the whole text');
  });
});

test('a balanced set is held out whole: its sentence is no hint at what the others are', () => {
  const examples = many(400, (i) => ({
    text: `statement of set ${Math.floor(i / 4)}`,
    label: i % 4 < 2 ? 'true' : 'false',
  }));
  const { candidates } = fitTextBaseline(examples, 1);
  expect(candidates.map(({ accuracy }) => accuracy)).toEqual(candidates.map(() => 50));
});

test('the same seed gives the same guesser', () => {
  const examples = many(200, (i) => ({
    text: `${rng.pick(COLORS)} ${rng.pick(THINGS)} ${i % 50}`,
    label: rng.pick(COLORS),
  }));
  const [first, second] = [fitTextBaseline(examples, 3), fitTextBaseline(examples, 3)];
  expect(first.candidates).toEqual(second.candidates);
  const texts = examples.map(({ text }) => text);
  expect(texts.map(first.predict)).toEqual(texts.map(second.predict));
});

test.each<[string, BaselineExample[], number]>([
  ['no examples', [], 0],
  ['one text, however often', many(50, () => ({ text: 'is it', label: 'yes' })), 1],
  ['few groups', many(50, (i) => ({ text: `text ${i}`, label: 'yes', group: `${i % 4}` })), 4],
])('%s: nothing can be held out', (_, examples, groups) => {
  expect(() => fitTextBaseline(examples, 1)).toThrow(`groups of training texts: expected at least 5, got ${groups}`);
});
