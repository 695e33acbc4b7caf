import { describe, expect, test } from 'vitest';
import { sampleSceneOf } from '../../../../../training/data/scenes/sample-scene.js';
import type { Scene, Split } from '../../../../../training/data/scenes/scene.js';
import { writeHypotheses } from '../../../../../training/data/scenes/tasks/hypotheses.js';
import { writeStatements } from '../../../../../training/data/scenes/tasks/pairs.js';
import { askQuestions } from '../../../../../training/data/scenes/tasks/questions.js';
import { type Example, GUESSERS, textOnlyAccuracy } from './text-only.js';

const SEED = 11;
const scenesOf = (split: Split, count: number) =>
  Array.from({ length: count }, (_, index) => sampleSceneOf({ seed: SEED, split, index, attempt: 0 }));
const train = scenesOf('train', 600);
const val = scenesOf('val', 300);

/** The examples of a task in both splits. */
const examples = (write: (scenes: readonly Scene[], split: Split) => Example[]) =>
  [write(train, 'train'), write(val, 'val')] as const;

function shares(all: readonly Example[]): { [answer: string]: number } {
  const counts: { [answer: string]: number } = {};
  for (const { answer } of all) counts[answer] = (counts[answer] ?? 0) + 100 / all.length;
  return counts;
}

describe('who reads the words alone stays near chance', () => {
  const questions = examples((scenes, split) => [...askQuestions(scenes, SEED, split)].flat());
  const isBinary = ({ answer }: Example) => answer === 'yes' || answer === 'no';

  test.each(Object.keys(GUESSERS))('in questions, by %s', (by) => {
    expect(textOnlyAccuracy(...questions, by)).toBeLessThan(44);
    const [binary, others] = [
      questions.map((all) => all.filter(isBinary)),
      questions.map((all) => all.filter((one) => !isBinary(one))),
    ];
    expect(textOnlyAccuracy(binary[0]!, binary[1]!, by)).toBeLessThan(53);
    expect(textOnlyAccuracy(others[0]!, others[1]!, by)).toBeLessThan(36);
  });

  test('answers are as frequent as their kind lets them be', () => {
    for (const all of questions) {
      const { yes, no } = shares(all.filter(isBinary));
      expect(Math.abs(yes! - no!)).toBeLessThan(1);
      for (const values of [
        ['cube', 'sphere', 'cylinder', 'cone'],
        ['small', 'large'],
        ['rubber', 'metal'],
      ]) {
        const found = Object.values(shares(all.filter(({ answer }) => values.includes(answer))));
        expect(Math.max(...found) - Math.min(...found)).toBeLessThan(6);
      }
      const numbers = shares(all.filter(({ answer }) => /^\d$/.test(answer)));
      expect(Math.max(...Object.values(numbers))).toBeLessThan(38);
    }
  });

  const statements = examples((scenes, split) =>
    [...writeStatements(scenes, SEED, split)].flat().map(({ sentence, label }) => ({ text: sentence, answer: label })),
  );

  test.each(Object.keys(GUESSERS))('in statements about two pictures, by %s', (by) => {
    expect(textOnlyAccuracy(...statements, by)).toBeLessThan(53);
    for (const all of statements) expect(shares(all).True).toBeCloseTo(50);
  });

  const hypotheses = examples((scenes, split) => [...writeHypotheses(scenes, SEED, split)].flat());

  test.each(Object.keys(GUESSERS))('in hypotheses, by %s', (by) => {
    expect(textOnlyAccuracy(...hypotheses, by)).toBeLessThan(42);
    for (const all of hypotheses) {
      for (const share of Object.values(shares(all))) expect(Math.abs(share - 100 / 3)).toBeLessThan(1.5);
    }
  });
});
