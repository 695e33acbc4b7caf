import { expect } from '../errors.js';
import type { DecoderStep } from './decoder-step.js';
import { largest } from './generate-answers.js';

/** Answers to choose from: the ids of each one from [START] to [END]. */
export type AnswerList = readonly (readonly number[])[];

/** An answer of a given list, by its place there. */
export interface RankedAnswer {
  index: number;
  /** Of all its tokens, [END] included. */
  logProbability: number;
}

export interface RankOptions {
  /** Answers of each question that are scored to their end: those whose first token is most probable. */
  candidates: number;
  padId: number;
  /** `albef` counts the first token twice, as ALBEF's published code does (model_vqa.py:193-199). Default `sum`. */
  scoring?: 'sum' | 'albef';
}

/** Answers that are scored in one run of the decoder. */
const ROWS = 256;

/**
 * Ranks a list of answers for each question by the probability of their tokens, best first, after choosing candidates by their first token
 * (ALBEF, VQA.py). `lists` has one for each question, and they may be the same one. Throws for an empty list.
 */
export async function rankAnswers(
  step: DecoderStep,
  lists: readonly AnswerList[],
  { candidates, padId, scoring = 'sum' }: RankOptions,
): Promise<RankedAnswer[][]> {
  for (const { length } of lists) expect(length > 0, 'answers', 'at least one', length);
  const all = [...lists.keys()];
  const { logProbabilities } = await step({ ids: lists.map(([first]) => [first![0]!]), questions: all });
  const V = logProbabilities.length / lists.length;
  const pairs = all.flatMap((question) => {
    const first = Float32Array.from(lists[question]!, (ids) => logProbabilities[question * V + ids[1]!]!);
    return largest(first, candidates).map((index) => ({ question, index, first: first[index]! }));
  });
  const ranked: RankedAnswer[][] = all.map(() => []);
  for (let from = 0; from < pairs.length; from += ROWS) {
    const chunk = pairs.slice(from, from + ROWS);
    const sums = await sumProbabilities(
      step,
      chunk.map(({ question }) => question),
      chunk.map(({ question, index }) => lists[question]![index]!),
      padId,
    );
    for (const [row, { question, index, first }] of chunk.entries()) {
      ranked[question]!.push({ index, logProbability: sums[row]! + (scoring === 'albef' ? first : 0) });
    }
  }
  for (const list of ranked) list.sort((a, b) => b.logProbability - a.logProbability || a.index - b.index);
  return ranked;
}

/** The log probability of each whole answer. */
async function sumProbabilities(
  step: DecoderStep,
  questions: readonly number[],
  answers: readonly (readonly number[])[],
  padId: number,
): Promise<number[]> {
  const length = answers.reduce((most, ids) => Math.max(most, ids.length - 1), 0);
  const padded = answers.map((ids) => Array.from({ length }, (_, t) => (t < ids.length - 1 ? ids[t]! : padId)));
  const { logProbabilities } = await step({ ids: padded, questions });
  const V = logProbabilities.length / (answers.length * length);
  return answers.map((ids, row) =>
    ids.slice(1).reduce((sum, id, t) => sum + logProbabilities[(row * length + t) * V + id]!, 0),
  );
}
