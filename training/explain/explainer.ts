import { matchProbability } from '../../model/maskvlm/match-probability.js';
import { openSession, type SessionOptions } from '../../model/onnx/session.js';
import type { MeasuredModel } from '../evaluation/measured-model.js';
import { pairFeeds } from '../evaluation/pair-feeds.js';
import type { EncodedSet } from '../evaluation/retrieval-model.js';
import { EXPLAINER } from './explainer-graph.js';

/** Why the model holds a picture and a text for a pair, or for none. */
export interface Explanation {
  /** Probability of a match. */
  score: number;
  /** For each token of the text, padding included, a heat map over the patches [N-1], row by row, at least 0. */
  heatmaps: Float32Array[];
}

/** The explainer graph, loaded. */
export interface Explainer {
  /** Explains pairs: picture i with text i. */
  explain(images: EncodedSet, texts: EncodedSet): Promise<Explanation[]>;
  release(): Promise<void>;
}

/** Loads the explainer of a model that learned to match. */
export async function openExplainer(
  { graph }: Pick<MeasuredModel, 'graph'>,
  options: SessionOptions = {},
): Promise<Explainer> {
  const session = await openSession(graph(EXPLAINER), options);
  return {
    async explain(images, texts) {
      const { itm_logits, heatmaps } = await session.run(pairFeeds(images, texts));
      const logits = itm_logits!.data as Float32Array;
      const heat = heatmaps!.data as Float32Array;
      const patches = images.rows - 1;
      return Array.from({ length: images.count }, (_, pair) => ({
        score: matchProbability(logits[2 * pair + 1]! - logits[2 * pair]!),
        heatmaps: Array.from({ length: texts.rows }, (_row, token) => {
          const start = (pair * texts.rows + token) * patches;
          return heat.slice(start, start + patches);
        }),
      }));
    },
    release: () => session.release(),
  };
}
