import { expect } from '../../model/errors.js';
import { ENTAILMENT_LABELS, type EntailmentLabel } from '../../model/maskvlm/entailment-labels.js';
import type { ClassRecord, HypothesisRecord, PairRecord, QuestionRecord, StatementRecord } from '../data/records.js';
import { answerQuestions, type Decoding } from './answer-questions.js';
import { type ClassificationOptions, type ClassificationResult, evaluateClassification } from './classification.js';
import { classifyExamples } from './classify-examples.js';
import { type EntailmentAccuracy, entailmentAccuracy } from './entailment-accuracy.js';
import { evaluateRecords } from './evaluate-records.js';
import type { MeasuredModel, MeasureOptions } from './measured-model.js';
import { type Nlvr2Accuracy, nlvr2Accuracy } from './nlvr2-accuracy.js';
import type { RetrievalResult, RetrievalScore } from './retrieval.js';
import { openRetrievalModel } from './retrieval-model.js';
import { type VqaAccuracy, vqaAccuracy } from './vqa-accuracy.js';

/** Two-stage retrieval among pictures and their texts: the `kTest` best by ITC ordered anew by `score`. */
export async function measureRetrieval(
  measured: MeasuredModel,
  records: readonly PairRecord[],
  { kTest, score }: { kTest: number; score: RetrievalScore },
  options: MeasureOptions = {},
): Promise<RetrievalResult> {
  const model = await openRetrievalModel(measured, options);
  try {
    return await evaluateRecords(model, records, { ...measured, kTest, score });
  } finally {
    await model.release();
  }
}

/** Zero-shot classification of pictures. */
export async function measureClassification(
  measured: MeasuredModel,
  pictures: readonly ClassRecord[],
  settings: Pick<ClassificationOptions, 'labels' | 'templates' | 'method'>,
  options: MeasureOptions = {},
): Promise<ClassificationResult> {
  const model = await openRetrievalModel(measured, options);
  try {
    return await evaluateClassification(model, pictures, { ...measured, ...settings });
  } finally {
    await model.release();
  }
}

/** Predictions by the id of their example. */
export interface Measured<Id, Prediction, Result> {
  predictions: Map<Id, Prediction>;
  /** Absent where the examples' answers or labels are held back. */
  result?: Result;
}

/** Answers of VQA and their official accuracy. */
export async function measureVqa(
  model: MeasuredModel,
  records: readonly QuestionRecord[],
  decoding: Decoding,
  options: MeasureOptions = {},
): Promise<Measured<number | string, string, VqaAccuracy>> {
  const questions = records.map(({ image, question }) => ({ images: [image], text: question }));
  const answers = await answerQuestions(model, questions, decoding, options);
  const predictions = new Map(records.map(({ questionId }, i) => [questionId, answers[i]!]));
  return isKnown('answers', records, ({ answers: given }) => given.length > 0)
    ? { predictions, result: vqaAccuracy(records, predictions) }
    : { predictions };
}

/** Truth of the statements of NLVR2, accuracy and consistency. */
export async function measureNlvr2(
  model: MeasuredModel,
  records: readonly StatementRecord[],
  options: MeasureOptions = {},
): Promise<Measured<string, boolean, Nlvr2Accuracy>> {
  const examples = records.map(({ left, right, sentence }) => ({ images: [left, right], text: sentence }));
  const found = await classifyExamples(model, 'nlvr2_classifier', examples, options);
  const predictions = new Map(records.map(({ identifier }, i) => [identifier, found[i]![1]! > found[i]![0]!]));
  return isKnown('labels', records, ({ label }) => label !== undefined)
    ? {
        predictions,
        result: nlvr2Accuracy(
          records.map(({ identifier, set, label }) => ({ identifier, set, label: label! })),
          predictions,
        ),
      }
    : { predictions };
}

/** Classes of the hypotheses of visual entailment and their accuracy. */
export async function measureEntailment(
  model: MeasuredModel,
  records: readonly HypothesisRecord[],
  options: MeasureOptions = {},
): Promise<Measured<number | string, EntailmentLabel, EntailmentAccuracy>> {
  const examples = records.map(({ image, hypothesis }) => ({ images: [image], text: hypothesis }));
  const found = await classifyExamples(model, 've_classifier', examples, options);
  const predictions = new Map(
    records.map(({ id }, i) => [id, ENTAILMENT_LABELS[found[i]!.indexOf(Math.max(...found[i]!))]!]),
  );
  return isKnown('labels', records, ({ label }) => label !== undefined)
    ? {
        predictions,
        result: entailmentAccuracy(
          records.map(({ id, label }) => ({ id, label: label! })),
          predictions,
        ),
      }
    : { predictions };
}

/** Whether what is to be predicted is known of all records. Throws where it is known of some alone. */
function isKnown<R>(what: string, records: readonly R[], known: (record: R) => boolean): boolean {
  const count = records.filter(known).length;
  expect(count === 0 || count === records.length, what, `of all ${records.length} examples, or of none`, count);
  return count > 0;
}
