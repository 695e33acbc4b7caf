import { meanDirection, promptsOf } from '../../model/classification/prompts.js';
import { ExpectationError, expect } from '../../model/errors.js';
import { type ImageSettings, preparePixels } from '../../model/image/picture.js';
import type { Tokenizer } from '../../model/tokenizer/tokenizer.js';
import { imageName, readImage } from '../data/image-source.js';
import type { ClassRecord } from '../data/records.js';
import { orderByScore } from './ranks.js';
import { cosines, type EncodedSet, type RetrievalModel } from './retrieval-model.js';

/** Which scores choose the label: cosines of the encoders, or the cross-modality encoders' match logits. */
export type ClassificationMethod = 'itc' | 'itm';

/** `top1` and `top5`: percentages of the pictures whose label is the best, or among the best five. */
export interface ClassificationResult {
  task: 'classify';
  images: number;
  classes: number;
  top1: number;
  top5: number;
  method: ClassificationMethod;
}

export interface ClassificationOptions {
  /** What a picture may be, each once. */
  labels: readonly string[];
  tokenizer: Tokenizer;
  image: ImageSettings;
  maxLength: number;
  /** Texts with `{}` in the place of the label; scores are those of all of them together. */
  templates: readonly string[];
  method: ClassificationMethod;
}

/** Pictures whose tokens are held at a time. */
const CHUNK = 64;

/** Scores of the pictures with every class [n,C]. */
type Scorer = (images: EncodedSet) => Promise<Float32Array>;

/** ITC: cosines with the mean direction of each label's prompts. Their tokens are not kept. */
async function contrastive(model: RetrievalModel, options: ClassificationOptions): Promise<Scorer> {
  const { labels, tokenizer, maxLength, templates } = options;
  const directions: Float32Array[] = [];
  for (const label of labels) {
    const encoded = promptsOf(label, templates).map((text) => tokenizer.encode(text, maxLength));
    const { embeddings } = await model.encodeTexts(encoded, tokenizer.special.pad);
    directions.push(meanDirection(embeddings, embeddings.length / encoded.length));
  }
  const width = directions[0]!.length;
  const embeddings = new Float32Array(labels.length * width);
  directions.forEach((direction, i) => {
    embeddings.set(direction, i * width);
  });
  return async (images) => cosines(images, { count: labels.length, embeddings, tokens: new Uint16Array(0), rows: 0 });
}

/** ITM: the mean over the prompts of match minus no-match logits. */
async function matching(model: RetrievalModel, options: ClassificationOptions): Promise<Scorer> {
  const { labels, tokenizer, maxLength, templates } = options;
  const prompts = labels.flatMap((label) => promptsOf(label, templates));
  const texts = await model.encodeTexts(
    prompts.map((text) => tokenizer.encode(text, maxLength)),
    tokenizer.special.pad,
  );
  return async (images) => {
    const pairs = Array.from({ length: images.count * texts.count }, (_, i) => {
      return [Math.floor(i / texts.count), i % texts.count] as const;
    });
    const logits = await model.match(images, texts, pairs);
    const scores = new Float32Array(images.count * labels.length);
    logits.forEach((logit, i) => {
      scores[Math.floor(i / templates.length)]! += logit / templates.length;
    });
    return scores;
  };
}

async function pixelsOf({ image }: ClassRecord, settings: ImageSettings): Promise<Float32Array> {
  try {
    return await preparePixels(await readImage(image), settings);
  } catch (error) {
    const what = `picture ${imageName(image)}`;
    if (error instanceof ExpectationError) throw new ExpectationError(what, error.expected, error.got);
    throw new ExpectationError(what, 'a readable file', (error as NodeJS.ErrnoException).code ?? String(error));
  }
}

/**
 * Zero-shot classification (appendix A.5): every picture is compared with the prompts of all labels, and the label with the best score
 * counts; equal scores in the order of the labels. Throws where a picture's label is none of them, or, naming the file, where one does
 * not decode.
 */
export async function evaluateClassification(
  model: RetrievalModel,
  pictures: readonly ClassRecord[],
  options: ClassificationOptions,
): Promise<ClassificationResult> {
  const { labels, method } = options;
  expect(pictures.length > 0, 'pictures to classify', 'at least one', 'none');
  const stray = pictures.find(({ label }) => !labels.includes(label));
  expect(!stray, `label of ${stray && imageName(stray.image)}`, 'one of those to choose from', stray?.label);
  const score = await (method === 'itc' ? contrastive : matching)(model, options);
  const ranks: number[] = [];
  for (let from = 0; from < pictures.length; from += CHUNK) {
    const chunk = pictures.slice(from, from + CHUNK);
    const images = await model.encodeImages(chunk.length, (i) => pixelsOf(chunk[i]!, options.image));
    const scores = await score(images);
    chunk.forEach(({ label }, i) => {
      const order = orderByScore(scores.slice(i * labels.length, (i + 1) * labels.length));
      ranks.push(order.indexOf(labels.indexOf(label)) + 1);
    });
  }
  const within = (k: number) => (100 * ranks.filter((rank) => rank <= k).length) / ranks.length;
  return {
    task: 'classify',
    images: pictures.length,
    classes: labels.length,
    top1: within(1),
    top5: within(5),
    method,
  };
}
