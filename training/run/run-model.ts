import type { ImageSettings } from '../../model/image/picture.js';
import { constantParameters } from '../../model/maskvlm/inference-graphs.js';
import { modelParameters } from '../../model/maskvlm/parameters.js';
import type { MeasuredModel } from '../evaluation/measured-model.js';
import { type FlatLayout, flatLayout } from '../step/flat-parameters.js';
import { bundleGraph } from './bundle-graphs.js';
import { parameterMap } from './parameter-map.js';
import type { RunFolder } from './run-folder.js';

/** The parameters of a run's model. */
export const layoutOf = ({ config, recipe }: Pick<RunFolder, 'config' | 'recipe'>): FlatLayout =>
  flatLayout(
    modelParameters(config, { task: recipe.task, temperature: recipe.itc.temperature.init }),
    recipe.optimizer,
  );

/** How pictures are prepared for the model of a run. */
export const imageSettings = ({ config, recipe }: RunFolder): ImageSettings => ({
  size: config.image.size,
  ...recipe.image,
  resize: 'squash',
});

/** The model of a run with these parameters [P], as the graphs that are exported. */
export function runModel(run: RunFolder, parameters: Float32Array, layout: FlatLayout): MeasuredModel {
  const { config, tokenizer, recipe } = run;
  const source = constantParameters(parameterMap(parameters, layout));
  return {
    config,
    tokenizer,
    image: imageSettings(run),
    maxLength: recipe.text.maxLength,
    graph: (role) => bundleGraph(run, role, source),
  };
}
