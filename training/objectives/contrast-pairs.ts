import type { Value } from '../../model/graph/value.js';
import type { Scope } from '../../model/layers/scope.js';
import type { ModelConfig } from '../../model/maskvlm/config.js';
import { imageEmbedding, textEmbedding } from '../../model/maskvlm/heads.js';
import { TEMPERATURE } from '../../model/maskvlm/parameters.js';
import { contrastiveLoss, similarity } from './contrastive.js';
import { type Negatives, sampleNegatives } from './hard-negatives.js';
import type { PretrainingSettings } from './pretraining.js';

/** The hard negative of every pair; `exist` is null where each pair is known to have one. */
export type PairNegatives = Omit<Negatives, 'exist'> & { exist: Value | null };

export interface ContrastedPairs {
  /** Cosines over the temperature [B,B], rows pictures. */
  similarities: Value;
  itc: Value | null;
  negatives: PairNegatives | null;
  /** Values that no gradient flows through. */
  stopped: Value[];
}

/** Compares every picture with every text of a step: ITC, and who is whose hard negative. Tokens of whole inputs [B,N,D] and [B,L,D]. */
export function contrastPairs(
  root: Scope,
  tokens: { image: Value; text: Value },
  config: ModelConfig,
  settings: PretrainingSettings,
): ContrastedPairs {
  const { graph } = root;
  const { batch, losses } = settings;
  const stopped: Value[] = [];
  const temperature = root.source(graph, TEMPERATURE, [], { kind: 'constant', value: 0.07 });
  const similarities = similarity(
    imageEmbedding(root, tokens.image, config),
    textEmbedding(root, tokens.text, config),
    temperature,
    settings.temperature,
    stopped,
  );
  return {
    similarities,
    itc: losses.itc ? contrastiveLoss(similarities, graph.input('itc_targets', 'float32', [batch, batch])) : null,
    negatives: losses.itm ? negativesOf(similarities, settings) : null,
    stopped,
  };
}

function negativesOf(similarities: Value, { batch, negatives, epsilon }: PretrainingSettings): PairNegatives {
  const { graph } = similarities;
  const matrix = (name: string) => graph.input(name, 'float32', [batch, batch]);
  const rows = (name: string) => graph.input(name, 'int64', [batch]);
  if (negatives === 'given') return { images: rows('negative_image'), texts: rows('negative_text'), exist: null };
  const noise = { images: matrix('gumbel_image'), texts: matrix('gumbel_text') };
  return sampleNegatives(similarities, matrix('negative_allowed'), noise, epsilon);
}
