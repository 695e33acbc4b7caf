import { ENTAILMENT_LABELS, type EntailmentLabel } from '../../model/maskvlm/entailment-labels.js';
import type { Decide } from './run-task.js';

export interface Entailment {
  /** The most probable one. */
  label: EntailmentLabel;
  /** Probabilities, 0 to 1, which sum to 1. */
  scores: Record<EntailmentLabel, number>;
}

/** What a hypothesis is to a picture, its premise (section 4.1 of the paper: visual entailment). */
export const judgeHypothesis: Decide<Entailment> = async (model, input, options) => {
  const [probabilities] = await model.run('ve_classifier', [input], options);
  const scores = Object.fromEntries(ENTAILMENT_LABELS.map((label, i) => [label, probabilities![i]!]));
  const best = probabilities!.indexOf(Math.max(...probabilities!));
  return { label: ENTAILMENT_LABELS[best]!, scores: scores as Entailment['scores'] };
};
