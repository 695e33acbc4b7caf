// Answers over a decoder whose probabilities are written down by hand.
import { describe, expect, test } from 'vitest';
import type { AnswerCache, DecoderStep } from '../../../model/answers/decoder-step.js';
import { generateAnswers, largest } from '../../../model/answers/generate-answers.js';
import { rankAnswers } from '../../../model/answers/rank-answers.js';

const special = { start: 0, pad: 1, end: 2, unknown: 3, mask: 4 };
const [a, b, c] = [5, 6, 7];
const V = 8;

/** What follows a beginning, by question: the probabilities of some tokens. */
type Language = Record<string, { [id: number]: number }>;

/** A decoder of these languages, one a question. Its cache holds the rows' beginnings, so that a wrong row is a wrong answer. */
function decoderOf(languages: readonly Language[]): DecoderStep {
  const beginnings = new WeakMap<AnswerCache, number[][]>();
  return async ({ ids, questions, past }) => {
    const before = past ? beginnings.get(past.cache)! : [];
    const rows = ids.map((row, r) => [...(past ? before[past.rows[r]!]! : []), ...row]);
    const T = ids[0]!.length;
    const logProbabilities = new Float32Array(ids.length * T * V).fill(Math.log(1e-9));
    for (const [r, row] of rows.entries()) {
      for (let t = 0; t < T; t++) {
        const beginning = row.slice(1, row.length - T + t + 1).join(' ');
        for (const [id, p] of Object.entries(languages[questions[r]!]![beginning] ?? {}))
          logProbabilities[(r * T + t) * V + Number(id)] = Math.log(p);
      }
    }
    const empty = { dtype: 'float32' as const, shape: [], data: new Float32Array(0) };
    const cache = { keys: empty, values: empty, length: (past?.cache.length ?? 0) + T };
    beginnings.set(cache, rows);
    return { logProbabilities, cache };
  };
}

// Greedy takes a (0.6), then b (0.5): 0.6 * 0.5 * 1 = 0.3. The most probable answer is b: 0.4 * 1.
const GARDEN: Language = {
  '': { [a]: 0.6, [b]: 0.4 },
  [`${a}`]: { [b]: 0.5, [c]: 0.4, 2: 0.1 },
  [`${a} ${b}`]: { 2: 1 },
  [`${a} ${c}`]: { 2: 1 },
  [`${b}`]: { 2: 1 },
};
const PLAIN: Language = { '': { [c]: 0.9, 2: 0.1 }, [`${c}`]: { 2: 0.5, [c]: 0.5 }, [`${c} ${c}`]: { 2: 1 } };

const rounded = (answers: { ids: number[]; logProbability: number }[][]) =>
  answers.map((list) =>
    list.map(({ ids, logProbability }) => [ids.join(' '), Number(Math.exp(logProbability).toFixed(4))]),
  );

describe('generated answers', () => {
  test.each([
    [1, [[[`${a} ${b}`, 0.3]]]],
    [
      2,
      [
        [
          [`${b}`, 0.4],
          [`${a} ${b}`, 0.3],
        ],
      ],
    ],
    [
      3,
      [
        [
          [`${b}`, 0.4],
          [`${a} ${b}`, 0.3],
          [`${a} ${c}`, 0.24],
        ],
      ],
    ],
  ])('with %i beams', async (beams, wanted) => {
    expect(rounded(await generateAnswers(decoderOf([GARDEN]), 1, { beams, maxLength: 5, special }))).toEqual(wanted);
  });

  test('several questions at once are what each is alone', async () => {
    const options = { beams: 2, maxLength: 5, special };
    const alone = await Promise.all(
      [GARDEN, PLAIN].map((language) => generateAnswers(decoderOf([language]), 1, options)),
    );
    const together = await generateAnswers(decoderOf([GARDEN, PLAIN, GARDEN]), 3, options);
    expect(together).toEqual([alone[0]![0], alone[1]![0], alone[0]![0]]);
  });

  test('an answer that does not end is cut at the longest length', async () => {
    const endless: Language = { '': { [a]: 1 }, [`${a}`]: { [a]: 1 }, [`${a} ${a}`]: { [a]: 1 } };
    expect(rounded(await generateAnswers(decoderOf([endless]), 1, { beams: 1, maxLength: 3, special }))).toEqual([
      [[`${a} ${a} ${a}`, 1]],
    ]);
  });

  test('special tokens are not chosen, and an empty answer is one', async () => {
    const language: Language = { '': { 0: 0.3, 1: 0.3, 4: 0.2, 2: 0.2 } };
    expect(rounded(await generateAnswers(decoderOf([language]), 1, { beams: 1, maxLength: 3, special }))).toEqual([
      [['', 0.2]],
    ]);
  });

  test('no beams is an error', async () => {
    await expect(generateAnswers(decoderOf([GARDEN]), 1, { beams: 0, maxLength: 3, special })).rejects.toThrow(
      'beams: expected a whole number from 1, got 0',
    );
  });
});

describe('ranked answers', () => {
  const answers = [
    [0, a, 2],
    [0, b, 2],
    [0, a, b, 2],
    [0, c, 2],
  ];
  const rank = (candidates: number, scoring?: 'albef') =>
    rankAnswers(decoderOf([GARDEN, PLAIN]), [answers, answers], { candidates, padId: 1, ...(scoring && { scoring }) });
  const shown = async (candidates: number, scoring?: 'albef') =>
    (await rank(candidates, scoring)).map((list) =>
      list.map(({ index, logProbability }) => [index, Number(Math.exp(logProbability).toFixed(3))]),
    );

  test('by the probability of the whole answer', async () => {
    const [garden, plain] = await shown(4);
    expect(garden!.slice(0, 3)).toEqual([
      [1, 0.4],
      [2, 0.3],
      [0, 0.06],
    ]);
    expect(plain![0]).toEqual([3, 0.45]);
  });

  test('of those whose first token is most probable', async () => {
    const [garden, plain] = await shown(2);
    expect(garden).toEqual([
      [2, 0.3],
      [0, 0.06],
    ]);
    expect(plain![0]).toEqual([3, 0.45]);
    expect(plain).toHaveLength(2);
  });

  test("in ALBEF's way the first token counts twice", async () => {
    const [garden] = await shown(4, 'albef');
    expect(garden!.slice(0, 3)).toEqual([
      [2, 0.18],
      [1, 0.16],
      [0, 0.036],
    ]);
  });

  test('more answers than one run of the decoder takes', async () => {
    const many = Array.from({ length: 600 }, (_, i) => (i === 437 ? [0, b, 2] : [0, c, 2]));
    const [best] = await rankAnswers(decoderOf([GARDEN]), [many], { candidates: 600, padId: 1 });
    expect(best).toHaveLength(600);
    expect(best![0]!.index).toBe(437);
  });

  test('of a list of its own for each question', async () => {
    const own = [answers.slice(0, 2), answers.slice(2)];
    const [garden, plain] = await rankAnswers(decoderOf([GARDEN, PLAIN]), own, { candidates: 4, padId: 1 });
    expect(garden!.map(({ index }) => index)).toEqual([1, 0]);
    expect(plain!.map(({ index }) => index)).toEqual([1, 0]);
    expect(Math.exp(plain![0]!.logProbability)).toBeCloseTo(0.45);
  });

  test('an empty list is an error', async () => {
    await expect(rankAnswers(decoderOf([GARDEN, PLAIN]), [answers, []], { candidates: 4, padId: 1 })).rejects.toThrow(
      'answers: expected at least one, got 0',
    );
  });
});

test('the largest values, of equal ones the first', () => {
  const values = Float32Array.of(1, 3, 2, 3, 0);
  expect(largest(values, 3)).toEqual([1, 3, 2]);
  expect(largest(values, 9, new Set([1]))).toEqual([3, 2, 0, 4]);
});
