import type { PairRecord } from '../data/records.js';
import { orderByScore, type Recalls, rankOfBest, recalls } from './ranks.js';

/** What orders the candidates of a query in the end. */
export type RetrievalScore = 'itm' | 'itc' | 'itm+itc';

export interface BothDirections {
  textToImage: Recalls;
  imageToText: Recalls;
  /** Mean of the six recalls. */
  meanRecall: number;
}

export interface RetrievalResult extends BothDirections {
  task: 'retrieval';
  images: number;
  texts: number;
  itcOnly: BothDirections;
  /** Each distinct text once, right for every picture that has it. */
  distinctTexts: BothDirections & { texts: number; itcOnly: BothDirections };
}

/** The scores of all pictures N with all distinct texts U. */
export interface Scores {
  /** Cosines [N,U]. */
  itc: Float32Array;
  /** Match minus no-match logits for pairs of (picture, distinct text). */
  itm(pairs: readonly (readonly [number, number])[]): Promise<Float32Array>;
}

/** Distinct texts of the records, and for each caption, in file order, its picture and its distinct text. */
export function indexTexts(records: readonly PairRecord[]): {
  distinct: string[];
  captions: { image: number; text: number }[];
} {
  const numbers = new Map<string, number>();
  const captions = records.flatMap(({ texts }, image) =>
    texts.map((text) => {
      const known = numbers.get(text) ?? numbers.size;
      numbers.set(text, known);
      return { image, text: known };
    }),
  );
  return { distinct: [...numbers.keys()], captions };
}

type Query = { order: Uint32Array; right: Set<number>; pair: (candidate: number) => readonly [number, number] };

/**
 * Two-stage retrieval in both directions (section 4.1, after ALBEF): the `kTest` best by ITC are ordered anew by ITM; k is capped at the
 * gallery. Every caption is its own query and its own candidate and only its own picture is right; equal scores rank in file order.
 */
export async function evaluateRetrieval(
  records: readonly PairRecord[],
  scores: Scores,
  { kTest = 128, score = 'itm' as RetrievalScore } = {},
): Promise<RetrievalResult> {
  const { distinct, captions } = indexTexts(records);
  const U = distinct.length;
  const cosine = (image: number, text: number) => scores.itc[image * U + text]!;
  const imagesOf = distinct.map(() => new Set<number>());
  for (const { image, text } of captions) imagesOf[text]!.add(image);

  const imageOrders = distinct.map((_, text) =>
    orderByScore(Float32Array.from(records, (_record, image) => cosine(image, text))),
  );
  const perCaption = captions.map(
    ({ image, text }): Query => ({
      order: imageOrders[text]!,
      right: new Set([image]),
      pair: (candidate) => [candidate, text],
    }),
  );
  const perText = distinct.map(
    (_, text): Query => ({ order: imageOrders[text]!, right: imagesOf[text]!, pair: (candidate) => [candidate, text] }),
  );
  const captionsOf = records.map(() => new Set<number>());
  for (const [i, { image }] of captions.entries()) captionsOf[image]!.add(i);
  const perImage = records.map(
    (_, image): Query => ({
      order: orderByScore(Float32Array.from(captions, ({ text }) => cosine(image, text))),
      right: captionsOf[image]!,
      pair: (candidate) => [image, captions[candidate]!.text],
    }),
  );
  const perImageDistinct = records.map(
    (_, image): Query => ({
      order: orderByScore(scores.itc.subarray(image * U, (image + 1) * U)),
      right: new Set([...captionsOf[image]!].map((caption) => captions[caption]!.text)),
      pair: (candidate) => [image, candidate],
    }),
  );

  const rerank =
    score === 'itc'
      ? null
      : await matchAll(
          [...perText, ...perImage, ...perImageDistinct],
          kTest,
          U,
          scores,
          score === 'itm+itc' ? cosine : null,
        );
  const measure = (texts: Query[], images: Query[], reranked: boolean): BothDirections => {
    const ranks = (queries: Query[]) =>
      recalls(
        queries.map(({ order, right, pair }) =>
          rankOfBest(order, right, kTest, reranked && rerank ? (candidate) => rerank(pair(candidate)) : null),
        ),
      );
    const [textToImage, imageToText] = [ranks(texts), ranks(images)];
    const all = [...Object.values(textToImage), ...Object.values(imageToText)] as number[];
    return { textToImage, imageToText, meanRecall: all.reduce((sum, r) => sum + r, 0) / all.length };
  };
  return {
    task: 'retrieval',
    images: records.length,
    texts: captions.length,
    ...measure(perCaption, perImage, true),
    itcOnly: measure(perCaption, perImage, false),
    distinctTexts: {
      texts: U,
      ...measure(perText, perImageDistinct, true),
      itcOnly: measure(perText, perImageDistinct, false),
    },
  };
}

/** Scores every (picture, distinct text) that some query has among its first k, each once. */
async function matchAll(
  queries: readonly Query[],
  kTest: number,
  U: number,
  scores: Scores,
  cosine: ((image: number, text: number) => number) | null,
) {
  const keys = new Set<number>();
  for (const { order, pair } of queries) {
    for (const candidate of order.subarray(0, kTest)) {
      const [image, text] = pair(candidate);
      keys.add(image * U + text);
    }
  }
  const sorted = Float64Array.from(keys).sort(); // by picture
  const pairs = Array.from(sorted, (key) => [Math.floor(key / U), key % U] as const);
  const logits = await scores.itm(pairs);
  const byKey = new Map(
    pairs.map(([image, text], i) => [image * U + text, logits[i]! + (cosine ? cosine(image, text) : 0)]),
  );
  return ([image, text]: readonly [number, number]) => byKey.get(image * U + text)!;
}
