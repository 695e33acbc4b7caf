import { ENTAILMENT_LABELS } from '../../model/maskvlm/entailment-labels.js';
import type { LabelTarget } from '../data/batches/label-batch.js';
import type { PairTarget } from '../data/batches/pair-batch.js';
import type { AnswerTarget } from '../data/batches/question-batch.js';
import { countAnswers } from '../data/count-answers.js';
import { type ImageSource, imageName } from '../data/image-source.js';
import type { HypothesisRecord, PairRecord, QuestionRecord, StatementRecord } from '../data/records.js';
import { textKey } from '../data/same-pairs.js';
import type { ItemPicture, TrainingItem } from '../data/training-item.js';

const picture = (image: ImageSource): ItemPicture => ({ image, key: imageName(image) });

/** Makes the items of pictures with their texts; texts get equal numbers where they say the same, over all calls. */
export function createPairItems(): (records: readonly PairRecord[]) => TrainingItem<PairTarget>[] {
  const numbers = new Map<string, number>();
  const numberOf = (text: string) => {
    const key = textKey(text);
    const number = numbers.get(key) ?? numbers.size;
    numbers.set(key, number);
    return number;
  };
  return (records) =>
    records.map(({ image, imageKey, texts }) => ({
      pictures: [{ image, key: imageKey }],
      texts,
      target: { trueTextIds: texts.map(numberOf) },
    }));
}

/**
 * Questions with answers; those without, as in a test split, cannot be learned from. `singleWeight` is the weight of an answer that is alone,
 * as Visual Genome's are.
 */
export const questionItems = (records: readonly QuestionRecord[], singleWeight: number): TrainingItem<AnswerTarget>[] =>
  records
    .filter(({ answers }) => answers.length > 0)
    .map(({ image, question, answers }) => ({
      pictures: [picture(image)],
      texts: [question],
      target: { answers: answers.length === 1 ? [{ text: answers[0]!, weight: singleWeight }] : weighAnswers(answers) },
    }));

/** Each distinct answer with its share of all answers, the most frequent first (appendix A.1, ALBEF's vqa_dataset.py). */
const weighAnswers = (answers: readonly string[]): { text: string; weight: number }[] =>
  countAnswers(answers).map(([text, count]) => ({ text, weight: count / answers.length }));

/** Statements about two pictures, 1 = true, without those whose label is held back. */
export const statementItems = (records: readonly StatementRecord[]): TrainingItem<LabelTarget>[] =>
  records.flatMap(({ left, right, sentence, label }) =>
    label === undefined
      ? []
      : [{ pictures: [picture(left), picture(right)], texts: [sentence], target: { label: label ? 1 : 0 } }],
  );

/** Hypotheses about a picture, without those whose label is held back. */
export const hypothesisItems = (records: readonly HypothesisRecord[]): TrainingItem<LabelTarget>[] =>
  records.flatMap(({ image, hypothesis, label }) =>
    label === undefined
      ? []
      : [{ pictures: [picture(image)], texts: [hypothesis], target: { label: ENTAILMENT_LABELS.indexOf(label) } }],
  );
