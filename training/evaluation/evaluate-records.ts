import { type ImageSettings, preparePixels } from '../../model/image/picture.js';
import type { Tokenizer } from '../../model/tokenizer/tokenizer.js';
import { readImage } from '../data/image-source.js';
import type { PairRecord } from '../data/records.js';
import { evaluateRetrieval, indexTexts, type RetrievalResult, type RetrievalScore } from './retrieval.js';
import { cosines, type RetrievalModel } from './retrieval-model.js';

export interface EvaluateOptions {
  tokenizer: Tokenizer;
  image: ImageSettings;
  maxLength: number;
  kTest?: number;
  score?: RetrievalScore;
}

/** Encodes the pictures and texts of `records` with `model` and measures retrieval among them. Throws where a picture does not decode. */
export async function evaluateRecords(
  model: RetrievalModel,
  records: readonly PairRecord[],
  options: EvaluateOptions,
): Promise<RetrievalResult> {
  const { tokenizer, image, maxLength, kTest, score } = options;
  const { distinct } = indexTexts(records);
  const images = await model.encodeImages(records.length, async (i) =>
    preparePixels(await readImage(records[i]!.image), image),
  );
  const texts = await model.encodeTexts(
    distinct.map((text) => tokenizer.encode(text, maxLength)),
    tokenizer.special.pad,
  );
  const scores = {
    itc: cosines(images, texts),
    itm: (pairs: readonly (readonly [number, number])[]) => model.match(images, texts, pairs),
  };
  return evaluateRetrieval(records, scores, { kTest, score });
}
