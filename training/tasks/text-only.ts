import type { EntailmentLabel } from '../../model/maskvlm/entailment-labels.js';
import { mostFrequentAnswer } from '../data/count-answers.js';
import { type ImageSource, imageName } from '../data/image-source.js';
import type { HypothesisRecord, QuestionRecord, StatementRecord } from '../data/records.js';
import { entailmentAccuracy } from '../evaluation/entailment-accuracy.js';
import { nlvr2Accuracy } from '../evaluation/nlvr2-accuracy.js';
import { fitTextBaseline } from '../evaluation/text-only-baseline.js';
import { vqaAccuracy } from '../evaluation/vqa-accuracy.js';
import type { TextOnly, TextOnlyRules } from './task.js';

/** Fits guessers on training records and measures the best of them on others. */
export function guessFromText<R>(
  { examples, accuracy }: TextOnlyRules<R>,
  train: readonly R[],
  held: readonly R[],
  seed: number,
): TextOnly {
  const { name, predict } = fitTextBaseline(examples(train), seed);
  return { guesser: name, accuracy: accuracy(held, predict) };
}

const picture = (image: ImageSource) => imageName(image);

/** The most frequent answer of each question. */
export const questionTexts: TextOnlyRules<QuestionRecord> = {
  examples: (records) =>
    records
      .filter(({ answers }) => answers.length > 0)
      .map(({ image, question, answers }) => ({
        text: question,
        label: mostFrequentAnswer(answers)!,
        group: picture(image),
      })),
  accuracy(all, guess) {
    const records = all.filter(({ answers }) => answers.length > 0);
    const guesses = new Map(records.map(({ questionId, question }) => [questionId, guess(question)]));
    return vqaAccuracy(records, guesses).accuracy;
  },
};

export const statementTexts: TextOnlyRules<StatementRecord> = {
  examples: (records) =>
    records.flatMap(({ sentence, label, set }) =>
      label === undefined ? [] : [{ text: sentence, label: String(label), group: set }],
    ),
  accuracy(all, guess) {
    const records = all.flatMap(({ label, ...rest }) => (label === undefined ? [] : [{ ...rest, label }]));
    const guesses = new Map(records.map(({ identifier, sentence }) => [identifier, guess(sentence) === 'true']));
    return nlvr2Accuracy(records, guesses).accuracy;
  },
};

export const hypothesisTexts: TextOnlyRules<HypothesisRecord> = {
  examples: (records) =>
    records.flatMap(({ image, hypothesis, label }) =>
      label === undefined ? [] : [{ text: hypothesis, label, group: picture(image) }],
    ),
  accuracy(all, guess) {
    const records = all.flatMap(({ label, ...rest }) => (label === undefined ? [] : [{ ...rest, label }]));
    const guesses = new Map(records.map(({ id, hypothesis }) => [id, guess(hypothesis) as EntailmentLabel]));
    return entailmentAccuracy(records, guesses).accuracy;
  },
};
