import type { ImageSettings } from '../../model/image/picture.js';
import { constantParameters, graphRoles, inferenceGraph } from '../../model/maskvlm/inference-graphs.js';
import {
  openRetrievalModel,
  type RetrievalGraphs,
  type RetrievalModel,
  type RetrievalModelOptions,
} from '../evaluation/retrieval-model.js';
import type { FlatLayout } from '../step/flat-parameters.js';
import { parameterMap } from './parameter-map.js';
import type { RunFolder } from './run-folder.js';

/** How pictures are prepared for the model of a run. */
export const imageSettings = ({ config, recipe }: RunFolder): ImageSettings => ({
  size: config.image.size,
  ...recipe.image,
  resize: 'squash',
});

/** The model of a run with these parameters [P], as the graphs that are exported. */
export function openRunModel(
  { config }: RunFolder,
  parameters: Float32Array,
  layout: FlatLayout,
  options: RetrievalModelOptions,
): Promise<RetrievalModel> {
  const tensors = parameterMap(parameters, layout);
  const graphs = Object.fromEntries(
    graphRoles.map((role) => [role, inferenceGraph(role, config, constantParameters(tensors))]),
  );
  return openRetrievalModel(graphs as unknown as RetrievalGraphs, config, options);
}
