import { type ImageSettings, preparePixels } from '../../model/image/picture.js';
import { matchProbability } from '../../model/maskvlm/match-probability.js';
import type { Tokenizer } from '../../model/tokenizer/tokenizer.js';
import { readImage } from '../data/image-source.js';
import type { PairRecord } from '../data/records.js';
import { orderByScore } from '../evaluation/ranks.js';
import { indexTexts } from '../evaluation/retrieval.js';
import { cosines, type RetrievalModel } from '../evaluation/retrieval-model.js';

/** A candidate of a query: the index of its picture or distinct text, and how well it fits. */
export interface SampleHit {
  index: number;
  /** Probability of a match. */
  itm: number;
  /** Cosine in [-1, 1]. */
  itc: number;
  right: boolean;
}

export interface Sample {
  /** The picture's or the distinct text's index. */
  query: number;
  hits: SampleHit[];
  /** Rank, from 1, of the first right candidate. */
  rank: number;
}

export interface RetrievalSamples {
  /** The gallery: pictures, and the distinct texts among their captions. */
  records: readonly PairRecord[];
  texts: string[];
  textToImage: Sample[];
  imageToText: Sample[];
}

export interface SampleOptions {
  tokenizer: Tokenizer;
  image: ImageSettings;
  maxLength: number;
  /** Queries of each direction. */
  textQueries: number;
  imageQueries: number;
  /** Candidates of ITC that ITM orders anew. */
  candidates: number;
}

const SHOWN = 5;

/** `count` of `total` indices, evenly spread. */
export const spread = (count: number, total: number): number[] =>
  Array.from({ length: Math.min(count, total) }, (_, i) => Math.floor(((i + 0.5) * total) / Math.min(count, total)));

/**
 * Searches among `records` with some of their own texts and pictures, in both directions and both stages, as the server does. Every picture
 * that has the text, and every text that the picture has, is right. Throws where a picture does not decode.
 */
export async function retrievalSamples(
  model: RetrievalModel,
  records: readonly PairRecord[],
  { tokenizer, image, maxLength, textQueries, imageQueries, candidates }: SampleOptions,
): Promise<RetrievalSamples> {
  const { distinct, captions } = indexTexts(records);
  const images = await model.encodeImages(records.length, async (i) =>
    preparePixels(await readImage(records[i]!.image), image),
  );
  const encoded = distinct.map((text) => tokenizer.encode(text, maxLength));
  const texts = await model.encodeTexts(encoded, tokenizer.special.pad);
  const itc = cosines(images, texts);
  const belongs = new Set(captions.map((caption) => caption.image * distinct.length + caption.text));

  /** Ranks all of `count` candidates: the first by ITM, the others as ITC has them. */
  const search = async (query: number, count: number, pairOf: (candidate: number) => readonly [number, number]) => {
    const place = (candidate: number) => pairOf(candidate)[0] * distinct.length + pairOf(candidate)[1];
    const order = [...orderByScore(Float32Array.from({ length: count }, (_, i) => itc[place(i)]!))];
    const head = order.slice(0, candidates);
    const margins = await model.match(images, texts, head.map(pairOf));
    const hits = head.map((index, i): SampleHit => {
      return { index, itm: matchProbability(margins[i]!), itc: itc[place(index)]!, right: belongs.has(place(index)) };
    });
    hits.sort((a, b) => b.itm - a.itm || a.index - b.index);
    const ranked = [...hits.map(({ index }) => index), ...order.slice(candidates)];
    const rank = ranked.findIndex((index) => belongs.has(place(index))) + 1;
    return { query, hits: hits.slice(0, SHOWN), rank };
  };

  const textToImage: Sample[] = [];
  for (const at of spread(textQueries, captions.length)) {
    const { text } = captions[at]!;
    textToImage.push(await search(text, records.length, (candidate) => [candidate, text]));
  }
  const imageToText: Sample[] = [];
  for (const picture of spread(imageQueries, records.length)) {
    imageToText.push(await search(picture, distinct.length, (candidate) => [picture, candidate]));
  }
  return { records, texts: distinct, textToImage, imageToText };
}
