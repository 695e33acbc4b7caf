import type { Graph } from '../../model/graph/graph.js';
import { openSession, type SessionOptions } from '../../model/onnx/session.js';
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

export interface RestorerGraphs {
  text_reconstructor: Graph | string;
  image_reconstructor: Graph | string;
}

/** Loads the graphs, given as graphs or as paths of ONNX files. */
export async function openRestorer(graphs: RestorerGraphs, options: SessionOptions = {}): Promise<Restorer> {
  const words = await openSession(graphs.text_reconstructor, options);
  const patches = await openSession(graphs.image_reconstructor, options);
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
