import { openSession, type SessionOptions } from '../../model/onnx/session.js';
import type { MeasuredModel } from '../evaluation/measured-model.js';
import { pairFeeds } from '../evaluation/pair-feeds.js';
import type { EncodedSet } from '../evaluation/retrieval-model.js';

/** The two graphs that restore what is masked, loaded. Picture i goes with text i. */
export interface Restorer {
  /** Logits of every token [n,L,V], from the tokens of masked texts. */
  words(images: EncodedSet, maskedTexts: EncodedSet): Promise<Float32Array>;
  /** Every patch [n,N-1,3*P*P], in the unit of normalised pixels, from the tokens of masked pictures. */
  patches(maskedImages: EncodedSet, texts: EncodedSet): Promise<Float32Array>;
  release(): Promise<void>;
}

/** Loads the graphs of a model that learned to restore. */
export async function openRestorer(
  { graph }: Pick<MeasuredModel, 'graph'>,
  options: SessionOptions = {},
): Promise<Restorer> {
  const words = await openSession(graph('text_reconstructor'), options);
  const patches = await openSession(graph('image_reconstructor'), options);
  return {
    async words(images, maskedTexts) {
      return (await words.run(pairFeeds(images, maskedTexts))).token_logits!.data as Float32Array;
    },
    async patches(maskedImages, texts) {
      return (await patches.run(pairFeeds(maskedImages, texts))).patches!.data as Float32Array;
    },
    async release() {
      await Promise.all([words.release(), patches.release()]);
    },
  };
}
