import { expect } from '../../model/errors.js';
import { createRng } from '../../model/random.js';
import type { Guesser, LabelledText } from './text-guessers/labelled-text.js';
import { fitLeadingWords } from './text-guessers/leading-words.js';
import { fitLogisticRegression } from './text-guessers/logistic-regression.js';
import { fitNaiveBayes } from './text-guessers/naive-bayes.js';

/** What a text-only guesser learns from. */
export interface BaselineExample extends LabelledText {
  /**
   * Examples of one group are held out together: of one picture for questions, which come again about other pictures, of one set for
   * statements that are made true and false in equal parts. Without it, those of one text are.
   */
  group?: string;
}

/** The strongest guesser that sees no picture. */
export interface TextBaseline {
  name: string;
  /** Accuracies of all guessers on the held-out examples, percentages in [0, 100]. */
  candidates: { name: string; accuracy: number }[];
  /** One of the labels of the examples. */
  predict(text: string): string;
}

/** Simple ones first: they win where others do no better. */
const GUESSERS: [name: string, fit: (examples: readonly LabelledText[], seed: number) => Guesser][] = [
  ['most frequent label', (examples) => fitLeadingWords(examples, 0)],
  ...[1, 2, 3, 4].map((n): (typeof GUESSERS)[number] => [
    `most frequent label by the first ${n === 1 ? 'word' : `${n} words`}`,
    (examples) => fitLeadingWords(examples, n),
  ]),
  ['most frequent label by the whole text', (examples) => fitLeadingWords(examples, Number.POSITIVE_INFINITY)],
  ['naive Bayes over words and word pairs', fitNaiveBayes],
  ['logistic regression over words and word pairs', fitLogisticRegression],
];

/** One group of this many is held out. */
const HELD_OUT = 5;

/**
 * Fits what text alone can tell (an answer, true or false, a class): several guessers on a part of the examples, of which the one that is
 * most often right on the rest is fitted again on all. A model that sees must beat it. Same examples, same seed, same guesses.
 * Throws where there are not enough groups to hold some out.
 */
export function fitTextBaseline(examples: readonly BaselineExample[], seed: number): TextBaseline {
  const groupOf = ({ group, text }: BaselineExample) => group ?? text;
  const groups = [...new Set(examples.map(groupOf))];
  expect(groups.length >= HELD_OUT, 'groups of training texts', `at least ${HELD_OUT}`, groups.length);
  const shuffled = createRng('text-baseline', seed).shuffle(groups);
  const heldOut = new Set(shuffled.slice(0, Math.floor(groups.length / HELD_OUT)));
  const part = (held: boolean) => examples.filter((example) => heldOut.has(groupOf(example)) === held);
  const [fitted, judged] = [part(false), part(true)];

  const candidates = GUESSERS.map(([name, fit]) => ({ name, accuracy: shareRight(fit(fitted, seed), judged) }));
  const most = Math.max(...candidates.map(({ accuracy }) => accuracy));
  const [name, fit] = GUESSERS[candidates.findIndex(({ accuracy }) => accuracy === most)]!;
  return { name, candidates, predict: fit(examples, seed) };
}

function shareRight(guess: Guesser, examples: readonly LabelledText[]): number {
  return (100 * examples.filter(({ text, label }) => guess(text) === label).length) / examples.length;
}
