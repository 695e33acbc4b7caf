import { createDecoderStep } from '../../model/answers/decoder-step.js';
import { generateAnswers } from '../../model/answers/generate-answers.js';
import { rankAnswers } from '../../model/answers/rank-answers.js';
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
  const { signal: _, ...session } = options;
  const encoder = await openPairEncoder(model, options);
  const questionEncoder = await openSession(model.graph('question_encoder'), session);
  const decoder = await openSession(model.graph('answer_decoder'), session);
  const choose = createChooser(model, decoding);
  try {
    const found: string[] = [];
    for (let from = 0; from < questions.length; from += EXAMPLE_BATCH) {
      const batch = questions.slice(from, from + EXAMPLE_BATCH);
      const { inputs, imageRows, textRows } = await encoder.encode(batch);
      const rows = (data: BigInt64Array) => ({ dtype: 'int64' as const, shape: [batch.length], data });
      const context = await questionEncoder.run({ ...inputs, image_rows: rows(imageRows), text_rows: rows(textRows) });
      const step = createDecoderStep((feeds) => decoder.run(feeds), context);
      found.push(...(await choose(step, batch.length)));
    }
    return found;
  } finally {
    await Promise.all([encoder.release(), questionEncoder.release(), decoder.release()]);
  }
}

type Step = ReturnType<typeof createDecoderStep>;

function createChooser(
  { tokenizer }: MeasuredModel,
  decoding: Decoding,
): (step: Step, questions: number) => Promise<string[]> {
  const { special } = tokenizer;
  if (decoding.kind === 'generate') {
    return async (step, questions) =>
      (await generateAnswers(step, questions, { ...decoding, special })).map(([best]) =>
        tokenizer.decode(best!.ids).trim(),
      );
  }
  const { answers, candidates, scoring, maxLength } = decoding;
  const encoded = answers.map((answer) => tokenizer.encode(answer, maxLength + 1).inputIds);
  return async (step, questions) => {
    const lists = Array.from({ length: questions }, () => encoded);
    const ranked = await rankAnswers(step, lists, { candidates, padId: special.pad, scoring });
    return ranked.map(([best]) => answers[best!.index]!);
  };
}
