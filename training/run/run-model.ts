import type { ImageSettings } from '../../model/image/picture.js';
import { constantParameters } from '../../model/maskvlm/inference-graphs.js';
import { openRetrievalModel, type RetrievalModel, type RetrievalModelOptions } from '../evaluation/retrieval-model.js';
import type { FlatLayout } from '../step/flat-parameters.js';
import { retrievalGraphs } from './bundle-graphs.js';
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
  run: RunFolder,
  parameters: Float32Array,
  layout: FlatLayout,
  options: RetrievalModelOptions,
): Promise<RetrievalModel> {
  const graphs = retrievalGraphs(run, constantParameters(parameterMap(parameters, layout)));
  return openRetrievalModel(graphs, run.config, options);
}
