import { expect } from '../../model/errors.js';
import { ENTAILMENT_LABELS, type EntailmentLabel } from '../../model/maskvlm/entailment-labels.js';
import { type ExampleId, matchPredictions } from './match-predictions.js';

/** A hypothesis about a picture; `id` is SNLI-VE's pairID. */
export interface EntailmentExample {
  id: ExampleId;
  label: EntailmentLabel;
}

/** Percentages in [0, 100]. */
export interface EntailmentAccuracy {
  examples: number;
  accuracy: number;
  /** Share of the examples of a class that were told right; a class that has none is left out. */
  perClass: Partial<Record<EntailmentLabel, number>>;
  /** Counts [3,3]: rows are the truth, columns the predictions. */
  confusion: number[][];
}

/**
 * Accuracy of visual entailment, by class too.
 * Throws where an example is without a prediction, a prediction without an example, an id comes twice, or a label is none of the three.
 */
export function entailmentAccuracy(
  examples: readonly EntailmentExample[],
  predictions: ReadonlyMap<ExampleId, EntailmentLabel>,
): EntailmentAccuracy {
  const confusion = ENTAILMENT_LABELS.map(() => ENTAILMENT_LABELS.map(() => 0));
  for (const { example, prediction } of matchPredictions('pair', examples, ({ id }) => id, predictions)) {
    confusion[placeOf(example.label)]![placeOf(prediction)]!++;
  }
  const perClass: Partial<Record<EntailmentLabel, number>> = {};
  let right = 0;
  for (const [i, label] of ENTAILMENT_LABELS.entries()) {
    const total = confusion[i]!.reduce((sum, count) => sum + count, 0);
    right += confusion[i]![i]!;
    if (total > 0) perClass[label] = (100 * confusion[i]![i]!) / total;
  }
  return { examples: examples.length, accuracy: (100 * right) / examples.length, perClass, confusion };
}

function placeOf(label: EntailmentLabel): number {
  const place = ENTAILMENT_LABELS.indexOf(label);
  expect(place >= 0, 'label', ENTAILMENT_LABELS.join(', '), label);
  return place;
}
