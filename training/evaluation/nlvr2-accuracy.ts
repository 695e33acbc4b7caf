import { matchPredictions } from './match-predictions.js';

/** A statement about a pair of pictures. */
export interface Nlvr2Example {
  identifier: string;
  label: boolean;
  /**
   * Equal for the examples of one sentence, which count for consistency together: in NLVR2 the identifier without its third field
   * (`dev-850-0-1` gives `dev-850-1`), in NLVR the identifier's first field.
   */
  set: string;
}

/** Percentages in [0, 100]. */
export interface Nlvr2Accuracy {
  examples: number;
  accuracy: number;
  /** Share of the sentences that were judged right for every pair of pictures. */
  consistency: number;
}

/**
 * Accuracy and consistency of NLVR2 as its official script counts them (lil-lab/nlvr, nlvr2/eval/metrics.py).
 * Throws where an example is without a prediction, a prediction without an example, or an identifier comes twice.
 */
export function nlvr2Accuracy(
  examples: readonly Nlvr2Example[],
  predictions: ReadonlyMap<string, boolean>,
): Nlvr2Accuracy {
  const matched = matchPredictions('statement', examples, ({ identifier }) => identifier, predictions);
  const consistent = new Map<string, boolean>();
  let right = 0;
  for (const { example, prediction } of matched) {
    const isRight = prediction === example.label;
    if (isRight) right++;
    consistent.set(example.set, isRight && (consistent.get(example.set) ?? true));
  }
  const wholeSets = [...consistent.values()].filter(Boolean).length;
  return {
    examples: examples.length,
    accuracy: (100 * right) / examples.length,
    consistency: (100 * wholeSets) / consistent.size,
  };
}
