import { type AnswerText, encodeAnswers, generateTexts, rankTexts } from '../../model/answers/answer-texts.js';
import { createDecoderStep, type DecoderStep } from '../../model/answers/decoder-step.js';
import { openSession } from '../../model/onnx/session.js';
import type { MeasuredModel, MeasureOptions } from './measured-model.js';
import { EXAMPLE_BATCH, type Example, openPairEncoder } from './pair-encoder.js';

/** How answers are found: token by token, with one beam (greedy) or several, or out of a list. */
export type Decoding =
  | { kind: 'generate'; beams: number; maxLength: number }
  | { kind: 'rank'; answers: readonly string[]; candidates: number; maxLength: number; scoring: 'sum' | 'albef' };

/** The most probable answer of each question, in order. */
export async function answerQuestions(
  model: MeasuredModel,
  questions: readonly Example[],
  decoding: Decoding,
  options: MeasureOptions = {},
): Promise<string[]> {
  const found = await findAnswers(model, questions, decoding, options);
  return found.map(([best]) => best!.answer);
}

/** All answers that decoding finds for each question, best first. */
export async function findAnswers(
  model: MeasuredModel,
  questions: readonly Example[],
  decoding: Decoding,
  options: MeasureOptions = {},
): Promise<AnswerText[][]> {
  const { signal: _, onProgress, ...session } = options;
  const encoder = await openPairEncoder(model, options);
  const questionEncoder = await openSession(model.graph('question_encoder'), session);
  const decoder = await openSession(model.graph('answer_decoder'), session);
  const decode = createDecoder(model, decoding);
  try {
    const found: AnswerText[][] = [];
    for (let from = 0; from < questions.length; from += EXAMPLE_BATCH) {
      const batch = questions.slice(from, from + EXAMPLE_BATCH);
      const { inputs, imageRows, textRows } = await encoder.encode(batch);
      const rows = (data: BigInt64Array) => ({ dtype: 'int64' as const, shape: [batch.length], data });
      const context = await questionEncoder.run({ ...inputs, image_rows: rows(imageRows), text_rows: rows(textRows) });
      const step = createDecoderStep((feeds) => decoder.run(feeds), context);
      found.push(...(await decode(step, batch.length)));
      onProgress?.('questions', found.length, questions.length);
    }
    return found;
  } finally {
    await Promise.all([encoder.release(), questionEncoder.release(), decoder.release()]);
  }
}

function createDecoder(
  { tokenizer }: MeasuredModel,
  decoding: Decoding,
): (step: DecoderStep, questions: number) => Promise<AnswerText[][]> {
  if (decoding.kind === 'generate') return (step, questions) => generateTexts(step, questions, decoding, tokenizer);
  const choice = encodeAnswers(decoding.answers, decoding.maxLength, tokenizer);
  return (step, questions) => {
    const choices = Array.from({ length: questions }, () => choice);
    return rankTexts(step, choices, decoding, tokenizer);
  };
}
