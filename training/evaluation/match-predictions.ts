import { expect } from '../../model/errors.js';

/** How a data set names its examples. */
export type ExampleId = number | string;

/**
 * Pairs every example with its prediction, in the order of the examples.
 * @param what what an example is, singular, as errors name it: `question`, `statement`
 * Throws where there are no examples, two have one id, one has no prediction, or a prediction belongs to none.
 */
export function matchPredictions<Example, Id extends ExampleId, Prediction>(
  what: string,
  examples: readonly Example[],
  idOf: (example: Example) => Id,
  predictions: ReadonlyMap<Id, Prediction>,
): { example: Example; prediction: Prediction }[] {
  expect(examples.length > 0, `${what}s to evaluate`, 'at least one', 'none');
  const seen = new Set<Id>();
  const matched = examples.map((example) => {
    const id = idOf(example);
    expect(!seen.has(id), `${what} ${id}`, 'an id of its own', 'a second one of this id');
    seen.add(id);
    const prediction = predictions.get(id);
    expect(prediction !== undefined, `${what} ${id}`, 'a prediction', 'none');
    return { example, prediction };
  });
  for (const id of predictions.keys()) {
    expect(
      seen.has(id),
      `prediction for ${what} ${id}`,
      `one of the ${seen.size} ${what}s to evaluate`,
      'an unknown id',
    );
  }
  return matched;
}
