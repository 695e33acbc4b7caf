import { describe, expect, test } from 'vitest';
import { sampleSceneOf } from '../../../../../training/data/scenes/sample-scene.js';
import type { Scene, Split } from '../../../../../training/data/scenes/scene.js';
import { writeHypotheses } from '../../../../../training/data/scenes/tasks/hypotheses.js';
import { writeStatements } from '../../../../../training/data/scenes/tasks/pairs.js';
import { askQuestions } from '../../../../../training/data/scenes/tasks/questions.js';
import { type BaselineExample, fitTextBaseline } from '../../../../../training/evaluation/text-only-baseline.js';

const SEED = 11;
const scenesOf = (split: Split, count: number) =>
  Array.from({ length: count }, (_, index) => sampleSceneOf({ seed: SEED, split, index, attempt: 0 }));
const train = scenesOf('train', 600);
const val = scenesOf('val', 300);

type Writer = (scenes: readonly Scene[], split: Split) => BaselineExample[];

/** The examples of a task in both splits. */
const examplesOf = (write: Writer) => [write(train, 'train'), write(val, 'val')] as const;

const grouped = (lists: Iterable<{ text: string; answer: string }[]>) =>
  [...lists].flatMap((list, i) => list.map(({ text, answer }) => ({ text, label: answer, group: `${i}` })));

/** What the best guesser from the words alone gets right of val, in per cent. */
function guessed([learned, asked]: readonly [BaselineExample[], BaselineExample[]]): number {
  const { predict } = fitTextBaseline(learned, SEED);
  return (100 * asked.filter(({ text, label }) => predict(text) === label).length) / asked.length;
}

function shares(all: readonly BaselineExample[]): { [answer: string]: number } {
  const counts: { [answer: string]: number } = {};
  for (const { label } of all) counts[label] = (counts[label] ?? 0) + 100 / all.length;
  return counts;
}

describe('who reads the words alone stays near chance', () => {
  const questions = examplesOf((scenes, split) => grouped(askQuestions(scenes, SEED, split)));
  const isBinary = ({ label }: BaselineExample) => label === 'yes' || label === 'no';
  const [binary, open] = [true, false].map((wanted) => {
    const [learned, asked] = questions.map((all) => all.filter((one) => isBinary(one) === wanted));
    return [learned!, asked!] as const;
  });

  test('in questions', () => {
    expect(guessed(questions)).toBeLessThan(45);
    expect(guessed(binary!)).toBeLessThan(53);
    expect(guessed(open!)).toBeLessThan(38);
  });

  test('answers are as frequent as their kind lets them be', () => {
    for (const all of questions) {
      const { yes, no } = shares(all.filter(isBinary));
      expect(Math.abs(yes! - no!)).toBeLessThan(2);
      for (const values of [
        ['cube', 'sphere', 'cylinder', 'cone'],
        ['small', 'large'],
        ['rubber', 'metal'],
      ]) {
        const found = Object.values(shares(all.filter(({ label }) => values.includes(label))));
        expect(Math.max(...found) - Math.min(...found)).toBeLessThan(6);
      }
      const numbers = shares(all.filter(({ label }) => /^\d$/.test(label)));
      expect(Math.max(...Object.values(numbers))).toBeLessThan(38);
    }
  });

  const statements = examplesOf((scenes, split) =>
    [...writeStatements(scenes, SEED, split)].flatMap((set, i) =>
      set.map(({ sentence, label }) => ({ text: sentence, label, group: `${i}` })),
    ),
  );

  test('in statements about two pictures', () => {
    expect(guessed(statements)).toBeLessThan(53);
    for (const all of statements) expect(shares(all).True).toBeCloseTo(50);
  });

  const hypotheses = examplesOf((scenes, split) => grouped(writeHypotheses(scenes, SEED, split)));

  test('in hypotheses', () => {
    expect(guessed(hypotheses)).toBeLessThan(42);
    for (const all of hypotheses) {
      for (const share of Object.values(shares(all))) expect(Math.abs(share - 100 / 3)).toBeLessThan(2);
    }
  });
});
