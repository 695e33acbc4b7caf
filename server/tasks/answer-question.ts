import type { AnswerText } from '../../model/answers/answer-texts.js';
import { softmax } from '../../model/classification/softmax.js';
import type { TextAndPictures } from '../inference/graphs/pair-feeds.js';
import type { EncodeOptions, LoadedModel } from '../inference/loaded-model.js';

/** Answers in the model's own words, found with so many beams of which 1 is greedy; or those of a list. */
export type WantedAnswers = { beams: number } | { answers: readonly string[] };

export interface ScoredAnswer {
  answer: string;
  /** Probability, 0 to 1: of the answer itself, or among those of the list. */
  score: number;
}

export interface ScoredAnswers {
  /** Best first. */
  answers: ScoredAnswer[];
  /** Whether an answer of the list is longer than those that the model gives. */
  truncated: boolean;
}

/** A list is ranked in pieces of this size, so that one request with many answers does not hold up others. */
const PIECE = 64;

const byScore = (a: ScoredAnswer, b: ScoredAnswer): number => b.score - a.score;

/** Adds up what several sequences of tokens that read the same are worth. */
function distinctAnswers(found: readonly AnswerText[]): ScoredAnswer[] {
  const scores = new Map<string, number>();
  for (const { answer, logProbability } of found) {
    scores.set(answer, Math.min(1, (scores.get(answer) ?? 0) + Math.exp(logProbability)));
  }
  return Array.from(scores, ([answer, score]) => ({ answer, score })).sort(byScore);
}

async function rank(
  model: LoadedModel,
  input: TextAndPictures,
  answers: readonly string[],
  options: EncodeOptions,
): Promise<ScoredAnswers> {
  const pieces = Array.from({ length: Math.ceil(answers.length / PIECE) }, (_, i) => ({
    ...input,
    wanted: answers.slice(i * PIECE, (i + 1) * PIECE),
  }));
  const found = await model.run('answer_ranker', pieces, options);
  const all = found.flatMap((piece) => piece.answers);
  const scores = softmax(Float32Array.from(all, ({ logProbability }) => logProbability));
  return {
    answers: all.map(({ answer }, i) => ({ answer, score: scores[i]! })).sort(byScore),
    truncated: found.some(({ truncated }) => truncated),
  };
}

/**
 * Answers a question about a picture (section 4.1 of the paper): in the model's own words, with the probability of all tokens of an answer,
 * its end included; or out of a list, with probabilities that sum to 1 over the list.
 */
export async function answerQuestion(
  wanted: WantedAnswers,
  model: LoadedModel,
  input: TextAndPictures,
  options: EncodeOptions,
): Promise<ScoredAnswers> {
  if ('answers' in wanted) return rank(model, input, wanted.answers, options);
  const [found] = await model.run('answerer', [{ ...input, wanted: wanted.beams }], options);
  return { answers: distinctAnswers(found!), truncated: false };
}
