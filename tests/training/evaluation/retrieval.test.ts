// Two-stage retrieval: golden results by hand, and any others against the definition.
import { describe, expect, test } from 'vitest';
import { createRng } from '../../../model/random.js';
import type { PairRecord } from '../../../training/data/records.js';
import {
  type BothDirections,
  evaluateRetrieval,
  indexTexts,
  type RetrievalScore,
} from '../../../training/evaluation/retrieval.js';

const recordsOf = (...texts: string[][]) =>
  texts.map((captions, i) => ({ image: { file: `${i}.png` }, imageKey: `${i}.png`, texts: captions }) as PairRecord);

/** Scores of pictures (rows) with distinct texts (columns), and the pairs that the second stage was asked for. */
function tables(itc: number[][], itm: number[][]) {
  const asked: (readonly [number, number])[] = [];
  return {
    asked,
    scores: {
      itc: Float32Array.from(itc.flat()),
      async itm(pairs: readonly (readonly [number, number])[]) {
        asked.push(...pairs);
        return Float32Array.from(pairs, ([image, text]) => itm[image]![text]!);
      },
    },
  };
}

// The pictures 0 and 1 share the caption `a`. Captions in file order: a of 0, b of 0, a of 1, c of 2.
const RECORDS = recordsOf(['a', 'b'], ['a'], ['c']);
const ITC = [
  [0.9, 0.1, 0.5],
  [0.8, 0.3, 0.9],
  [0.9, 0.2, 0.4],
];
const ITM = [
  [5, 9, 0],
  [6, 1, 2],
  [4, 2, 2],
];
const third = 100 / 3;

test('texts are counted once where they are equal, captions each', () => {
  expect(indexTexts(RECORDS)).toEqual({
    distinct: ['a', 'b', 'c'],
    captions: [
      { image: 0, text: 0 },
      { image: 0, text: 1 },
      { image: 1, text: 0 },
      { image: 2, text: 2 },
    ],
  });
});

describe('by hand', () => {
  const firsts = ({ textToImage, imageToText }: BothDirections) => [textToImage.r1, imageToText.r1];

  test('ITC alone', async () => {
    const result = await evaluateRetrieval(RECORDS, tables(ITC, ITM).scores, { score: 'itc' });
    // Ranks of the pictures for a, b, a, c: 1 (a tie with picture 2, which comes later), 3, 3, 3. Of the captions for the pictures: 1
    // (the better of a and b), 3 (c and the a of picture 0 are before its own a), 3.
    expect(firsts(result)).toEqual([25, third]);
    expect(result.textToImage).toEqual({ r1: 25, r5: 100, r10: 100 });
    expect(result.meanRecall).toBeCloseTo((25 + third + 400) / 6, 9);
    // Distinct texts: a is right for pictures 0 and 1. Ranks 1, 3, 3 and 1, 2, 2.
    expect(firsts(result.distinctTexts)).toEqual([third, third]);
    expect(result).toMatchObject({ task: 'retrieval', images: 3, texts: 4, distinctTexts: { texts: 3 } });
  });

  test('ITM over the whole gallery', async () => {
    const result = await evaluateRetrieval(RECORDS, tables(ITC, ITM).scores);
    // a: 1, 0, 2; b: 0, ...; c: 1, 2, 0 (a tie). Ranks 2, 1, 1, 2. Captions: 1 (b), 2 (the a of picture 0 is before it), 4.
    expect(firsts(result)).toEqual([50, third]);
    expect(firsts(result.itcOnly)).toEqual([25, third]);
    expect(firsts(result.distinctTexts)).toEqual([2 * third, 2 * third]);
  });

  test('ITM over the two best by ITC: what is not among them keeps its place', async () => {
    const { scores, asked } = tables(ITC, ITM);
    const result = await evaluateRetrieval(RECORDS, scores, { kTest: 2 });
    // a: 0, 2 | 1; b: 2, 1 | 0; c: 1, 0 | 2. Ranks 1, 3, 3, 3.
    expect(firsts(result)).toEqual([25, third]);
    // Each pair that some query has among its two best, once: of pictures and texts a, b, c.
    expect(asked.map(([image, text]) => `${image}${'abc'[text]}`)).toEqual([
      '0a',
      '0c',
      '1a',
      '1b',
      '1c',
      '2a',
      '2b',
      '2c',
    ]);
  });

  test('the sum of both can differ from either', async () => {
    const records = recordsOf(['a'], ['b']);
    const { scores } = tables(
      [
        [0.1, 0.9],
        [0.2, 0.1],
      ],
      [
        [1, 1.5],
        [1.05, 2],
      ],
    );
    const r1 = async (score: RetrievalScore) => (await evaluateRetrieval(records, scores, { score })).imageToText.r1;
    expect([await r1('itc'), await r1('itm'), await r1('itm+itc')]).toEqual([0, 50, 50]);
    const t1 = async (score: RetrievalScore) => (await evaluateRetrieval(records, scores, { score })).textToImage.r1;
    expect([await t1('itc'), await t1('itm'), await t1('itm+itc')]).toEqual([0, 50, 0]);
  });
});

describe('against the definition', () => {
  const rng = createRng('retrieval');
  const records = recordsOf(
    ...Array.from({ length: 30 }, () => Array.from({ length: 1 + rng.int(3) }, () => `text ${rng.int(40)}`)),
  );
  const { distinct, captions } = indexTexts(records);
  // Few different values, so that there are many ties; powers of two, so that sums are exact.
  const table = (scale: number) => records.map(() => distinct.map(() => (rng.int(8) - 4) / scale));
  const [itc, itm] = [table(8), table(2)];

  /** Rank of the best right candidate: the candidates before it, counted. A candidate's key orders it; earlier ones win ties. */
  const rank = (candidates: { first: number; second: number; right: boolean }[], k: number) => {
    const before = (a: number, b: number, i: number, j: number) => a > b || (a === b && i < j);
    const place = (key: 'first' | 'second', i: number, among: number[]) =>
      among.filter((j) => before(candidates[j]![key], candidates[i]![key], j, i)).length;
    const everyone = candidates.map((_, i) => i);
    const head = everyone.filter((i) => place('first', i, everyone) < k);
    const places = everyone.map((i) => (head.includes(i) ? place('second', i, head) : place('first', i, everyone)));
    return 1 + Math.min(...places.filter((_, i) => candidates[i]!.right));
  };

  test.each<[RetrievalScore, number]>([
    ['itc', 128],
    ['itm', 1],
    ['itm', 7],
    ['itm', 128],
    ['itm+itc', 7],
    ['itm+itc', 30],
  ])('%s, k = %i', async (score, kTest) => {
    const second = (image: number, text: number) =>
      (score === 'itc' ? 0 : itm[image]![text]!) + (score === 'itm' ? 0 : itc[image]![text]!);
    const candidate = (image: number, text: number, right: boolean) => ({
      first: itc[image]![text]!,
      second: second(image, text),
      right,
    });
    const share = (ranks: number[], k: number) => (100 * ranks.filter((r) => r <= k).length) / ranks.length;
    const all = (ranks: number[]) => ({ r1: share(ranks, 1), r5: share(ranks, 5), r10: share(ranks, 10) });
    const perCaption = captions.map((own) =>
      rank(
        records.map((_, image) => candidate(image, own.text, image === own.image)),
        kTest,
      ),
    );
    const perImage = records.map((_, image) =>
      rank(
        captions.map((own) => candidate(image, own.text, own.image === image)),
        kTest,
      ),
    );
    const has = (image: number, text: number) => records[image]!.texts.includes(distinct[text]!);
    const perText = distinct.map((_, text) =>
      rank(
        records.map((_record, image) => candidate(image, text, has(image, text))),
        kTest,
      ),
    );
    const perImageDistinct = records.map((_, image) =>
      rank(
        distinct.map((_text, text) => candidate(image, text, has(image, text))),
        kTest,
      ),
    );
    const result = await evaluateRetrieval(records, tables(itc, itm).scores, { kTest, score });
    expect(result).toMatchObject({ textToImage: all(perCaption), imageToText: all(perImage) });
    expect(result.distinctTexts).toMatchObject({ textToImage: all(perText), imageToText: all(perImageDistinct) });
  });
});
