import { trainedTemperature } from '../../model/bundle/trained-temperature.js';
import { meanDirection, promptsOf } from '../../model/classification/prompts.js';
import { softmax } from '../../model/classification/softmax.js';
import { cosine } from '../inference/cosine.js';
import type { EncodedPicture, EncodedText, EncodeOptions, LoadedModel } from '../inference/loaded-model.js';

export interface ClassifyQuestion {
  bytes: Uint8Array;
  /** What the picture may be, each once. */
  labels: readonly string[];
  /** Texts with a place for the label; scores are those of all of them together. */
  templates: readonly string[];
  method: 'itc' | 'itm';
}

/** A label with its share of all labels' probability. */
export interface LabelScore {
  label: string;
  score: number;
}

/** The prompts of every label, one list a label. */
type PromptsOfLabels = readonly EncodedText[][];

/** ITC: cosines with the mean direction of each label's prompts. */
function cosines({ embedding }: EncodedPicture, prompts: PromptsOfLabels): Float32Array {
  return Float32Array.from(prompts, (own) => {
    const all = new Float32Array(own.length * embedding.length);
    own.forEach((prompt, i) => {
      all.set(prompt.embedding, i * embedding.length);
    });
    return cosine(embedding, meanDirection(all, embedding.length));
  });
}

/** ITM: the mean over each label's prompts of match minus no-match logits. */
async function margins(
  image: EncodedPicture,
  prompts: PromptsOfLabels,
  model: LoadedModel,
  options: EncodeOptions,
): Promise<Float32Array> {
  const pairs = prompts.flat().map((text) => ({ image, text }));
  const all = await model.run('matcher', pairs, options);
  const each = all.length / prompts.length;
  const means = new Float32Array(prompts.length);
  all.forEach((margin, i) => {
    means[Math.floor(i / each)]! += margin! / each;
  });
  return means;
}

/**
 * Zero-shot classification (appendix A.5 of the paper), in the order that `evaluate` ranks labels in: equal scores as they were given. By
 * ITC a label's probability goes with exp(cosine / temperature), by ITM with exp(margin), which are the odds that it matches: its
 * probability if exactly one of them is right.
 * @throws PictureError, OverloadedError, AbortedError
 */
export async function classify(
  { bytes, labels, templates, method }: ClassifyQuestion,
  model: LoadedModel,
  options: EncodeOptions,
): Promise<{ labels: LabelScore[]; truncated: boolean }> {
  const [[picture], prompts] = await Promise.all([
    model.encodeImages([bytes], options),
    model.encodeTexts(
      labels.flatMap((label) => promptsOf(label, templates)),
      options,
    ),
  ]);
  if (picture instanceof Error) throw picture;
  const ofLabels = labels.map((_, i) => prompts.slice(i * templates.length, (i + 1) * templates.length));
  const temperature = method === 'itc' ? trainedTemperature(model.manifest) : 1;
  const scores = method === 'itc' ? cosines(picture!, ofLabels) : await margins(picture!, ofLabels, model, options);
  const shares = softmax(scores.map((score) => score / temperature));
  const order = labels.map((_, i) => i).sort((a, b) => scores[b]! - scores[a]! || a - b);
  return {
    labels: order.map((i) => ({ label: labels[i]!, score: shares[i]! })),
    truncated: prompts.some(({ truncated }) => truncated),
  };
}
