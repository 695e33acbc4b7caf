import type { Tokenizer } from '../../../model/tokenizer/tokenizer.js';
import { floats, ids, type OpenBatchMaker } from './batch.js';
import { createPictureRows } from './picture-rows.js';
import { createTextEncoder, textInputs } from './text-rows.js';

/** Distinct answers of a question, most frequent first, each with its weight: its share of all answers. */
export interface AnswerTarget {
  answers: readonly { text: string; weight: number }[];
}

/**
 * Batches of VQA: beside picture and question, `answer_ids` [B*A,T] from [START] on, `answer_targets` [B*A,T] up to [END], and
 * `answer_weights` [B*A,T], 0 on padding. A question with more than A answers keeps the most frequent.
 */
export const openQuestionBatches: OpenBatchMaker<AnswerTarget> = (tokenizer, settings) => {
  const writePictures = createPictureRows(settings);
  const encode = createTextEncoder(tokenizer, settings.maxLength);
  const { perQuestion, maxLength } = settings.answers;
  const encodeAnswer = createAnswerEncoder(tokenizer, maxLength);
  return (step, samples, spare) => {
    const shape = [samples.length * perQuestion, maxLength];
    const [inputs, targets] = [0, 1].map(() =>
      new BigInt64Array(shape[0]! * maxLength).fill(BigInt(tokenizer.special.pad)),
    ) as [BigInt64Array, BigInt64Array];
    const weights = new Float32Array(inputs.length);
    for (const [row, { target }] of samples.entries()) {
      for (const [i, { text, weight }] of target.answers.slice(0, perQuestion).entries()) {
        const tokens = encodeAnswer(text);
        const at = (row * perQuestion + i) * maxLength;
        inputs.set(tokens.slice(0, -1), at);
        targets.set(tokens.slice(1), at);
        weights.fill(weight, at, at + tokens.length - 1);
      }
    }
    const questions = samples.map(({ text }) => encode(text));
    return {
      step,
      inputs: {
        pixel_values: writePictures(step, samples, spare, ({ text, target }) =>
          [text, ...target.answers.map((answer) => answer.text)].join(' '),
        ),
        ...textInputs(questions, tokenizer.special.pad, settings.maxLength),
        answer_ids: ids(shape, inputs),
        answer_targets: ids(shape, targets),
        answer_weights: floats(shape, weights),
      },
    };
  };
};

/** [START] answer [END], at most T + 1 tokens. */
function createAnswerEncoder(tokenizer: Tokenizer, maxLength: number): (text: string) => bigint[] {
  const encode = createTextEncoder({ encode: tokenizer.encodeAnswer }, maxLength + 1);
  return (text) => Array.from(encode(text).inputIds, BigInt);
}
