import { constantParameters, graphRoles, inferenceGraph } from '../../model/maskvlm/inference-graphs.js';
import type { PairRecord } from '../data/records.js';
import { evaluateRecords } from '../evaluation/evaluate-records.js';
import type { RetrievalResult } from '../evaluation/retrieval.js';
import { openRetrievalModel, type RetrievalGraphs } from '../evaluation/retrieval-model.js';
import type { FlatLayout } from '../step/flat-parameters.js';
import { parameterMap } from './parameter-map.js';
import type { RunFolder } from './run-folder.js';

/** Measures two-stage retrieval of the parameters [P] on `records`, through the same graphs that are exported. */
export async function validateRetrieval(
  run: RunFolder,
  parameters: Float32Array,
  layout: FlatLayout,
  records: readonly PairRecord[],
  threads: number,
): Promise<RetrievalResult> {
  const { config, recipe, tokenizer } = run;
  const tensors = parameterMap(parameters, layout);
  const graphs = Object.fromEntries(
    graphRoles.map((role) => [role, inferenceGraph(role, config, constantParameters(tensors))]),
  ) as unknown as RetrievalGraphs;
  const model = await openRetrievalModel(graphs, config, { threads });
  try {
    const image = { size: config.image.size, ...recipe.image, resize: 'squash' as const };
    return await evaluateRecords(model, records, { tokenizer, image, maxLength: recipe.text.maxLength, kTest: 32 });
  } finally {
    await model.release();
  }
}
