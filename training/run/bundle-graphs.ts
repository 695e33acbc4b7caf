import type { Task } from '../../model/bundle/manifest.js';
import type { Graph } from '../../model/graph/graph.js';
import type { ParameterSource } from '../../model/layers/scope.js';
import { inferenceGraph } from '../../model/maskvlm/inference-graphs.js';
import { reconstructionGraph } from '../../model/maskvlm/reconstruction-graphs.js';
import type { RetrievalGraphs } from '../evaluation/retrieval-model.js';
import { canExplain, EXPLAINER, explainerGraph } from '../explain/explainer-graph.js';
import type { RestorerGraphs } from '../reconstruction/restorer.js';
import type { RunFolder } from './run-folder.js';

type Run = Pick<RunFolder, 'config' | 'recipe'>;

/** Whether the run learned to restore masked words and masked patches. */
export const reconstructs = ({ recipe: { losses } }: Run): boolean => losses.mlm && losses.mim;

/** Whether the run learned to match, in a model whose matches can be explained word by word. */
export const explains = ({ recipe, config }: Run): boolean => recipe.losses.itm && canExplain(config);

/** Encoders and matcher of a run. Where it learned to restore, its image encoder knows the mask token. */
export function retrievalGraphs(run: Run, source: ParameterSource): Record<keyof RetrievalGraphs, Graph> {
  const { config } = run;
  return {
    image_encoder: (reconstructs(run) ? reconstructionGraph : inferenceGraph)('image_encoder', config, source),
    text_encoder: inferenceGraph('text_encoder', config, source),
    matcher: inferenceGraph('matcher', config, source),
  };
}

/** The graphs that restore masked words and patches. */
export const restorerGraphs = ({ config }: Run, source: ParameterSource): Record<keyof RestorerGraphs, Graph> => ({
  text_reconstructor: reconstructionGraph('text_reconstructor', config, source),
  image_reconstructor: reconstructionGraph('image_reconstructor', config, source),
});

/** The graphs of a run's bundle by role: those that its losses trained. */
export const bundleGraphs = (run: Run, source: ParameterSource): Record<string, Graph> => ({
  ...retrievalGraphs(run, source),
  ...(reconstructs(run) ? restorerGraphs(run, source) : {}),
  ...(explains(run) ? { [EXPLAINER]: explainerGraph(run.config, source) } : {}),
});

/** What a run's bundle is for. Classes are found as texts are (appendix A.5). */
export const bundleTasks = (run: Run): Task[] => [
  'retrieval',
  'classify',
  ...(reconstructs(run) ? (['reconstruct'] as const) : []),
];
