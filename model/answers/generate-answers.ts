import { expect } from '../errors.js';
import type { SpecialIds } from '../tokenizer/tokenizer.js';
import type { DecoderStep, StepResult } from './decoder-step.js';

/** T where a bundle does not say how long its answers are. */
export const ANSWER_LENGTH = 10;

/** An answer as its tokens, without [START] and [END], and the logarithm of its probability. */
export interface Answer {
  ids: number[];
  logProbability: number;
}

export interface GenerateOptions {
  /** Answers kept at each step; 1 is greedy. */
  beams: number;
  /** T: an answer has at most T - 1 tokens and [END]. */
  maxLength: number;
  special: SpecialIds;
}

interface Beam extends Answer {
  question: number;
  /** Row of the latest step. */
  row: number;
}

/**
 * Answers `questions` questions token by token, [START] being the first (section 4.1). The `beams` most probable answers of each are returned,
 * best first: an answer's probability is that of all its tokens, [END] included where it fits. No special token is ever chosen.
 */
export async function generateAnswers(
  step: DecoderStep,
  questions: number,
  { beams, maxLength, special }: GenerateOptions,
): Promise<Answer[][]> {
  expect(Number.isInteger(beams) && beams >= 1, 'beams', 'a whole number from 1', beams);
  const hidden = new Set([special.start, special.pad, special.unknown, special.mask]);
  const finished: Answer[][] = Array.from({ length: questions }, () => []);
  let live: Beam[] = Array.from({ length: questions }, (_, question) => ({
    question,
    row: question,
    ids: [],
    logProbability: 0,
  }));
  let result: StepResult | undefined;
  for (let length = 1; live.length > 0 && length <= maxLength; length++) {
    result = await step({
      ids: live.map(({ ids }) => [ids.at(-1) ?? special.start]),
      questions: live.map(({ question }) => question),
      ...(result && { past: { cache: result.cache, rows: live.map(({ row }) => row) } }),
    });
    const grown = growBeams(live, result.logProbabilities, beams, hidden);
    live = [];
    for (const [question, candidates] of grown) {
      const done = finished[question]!;
      const open: Beam[] = [];
      for (const candidate of candidates) {
        if (candidate.ids.at(-1) === special.end) done.push({ ...candidate, ids: candidate.ids.slice(0, -1) });
        else if (length === maxLength) done.push(candidate);
        else open.push(candidate);
      }
      keepBest(done, beams);
      // A longer answer is never more probable: what is below all kept ones is out.
      const bar = done.length === beams ? done.at(-1)!.logProbability : Number.NEGATIVE_INFINITY;
      live.push(...open.filter(({ logProbability }) => logProbability > bar));
    }
  }
  return finished.map((answers) => answers.map(({ ids, logProbability }) => ({ ids, logProbability })));
}

function keepBest(answers: Answer[], count: number): void {
  answers.sort((a, b) => b.logProbability - a.logProbability);
  answers.splice(count);
}

/** The `beams` best continuations of each question, one token longer. logProbabilities [R,1,V]. */
function growBeams(
  live: readonly Beam[],
  logProbabilities: Float32Array,
  beams: number,
  hidden: ReadonlySet<number>,
): Map<number, Beam[]> {
  const V = logProbabilities.length / live.length;
  const grown = new Map<number, Beam[]>();
  for (const [row, beam] of live.entries()) {
    const candidates = grown.get(beam.question) ?? [];
    for (const id of largest(logProbabilities.subarray(row * V, (row + 1) * V), beams, hidden)) {
      const logProbability = beam.logProbability + logProbabilities[row * V + id]!;
      candidates.push({ question: beam.question, row, ids: [...beam.ids, id], logProbability });
    }
    grown.set(beam.question, candidates);
  }
  for (const candidates of grown.values()) keepBest(candidates, beams);
  return grown;
}

/** Indices of the `count` largest values, hidden ones left out; of equal ones the first. */
export function largest(values: Float32Array, count: number, hidden: ReadonlySet<number> = new Set()): number[] {
  const kept: number[] = [];
  for (let i = 0; i < values.length; i++) {
    if (hidden.has(i) || (kept.length === count && values[i]! <= values[kept[count - 1]!]!)) continue;
    let at = kept.length;
    while (at > 0 && values[kept[at - 1]!]! < values[i]!) at--;
    kept.splice(at, 0, i);
    if (kept.length > count) kept.pop();
  }
  return kept;
}
