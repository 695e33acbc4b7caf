import { Graph } from '../../model/graph/graph.js';
import { add, reshape } from '../../model/graph/ops.js';
import type { Value } from '../../model/graph/value.js';
import { Scope } from '../../model/layers/scope.js';
import { gradients } from '../autodiff/backward.js';
import type { BuildForward, Forward } from '../objectives/forward.js';
import { type AdamWSettings, adamW } from './adamw.js';
import { type FlatLayout, parametersFrom, splitBlocks, splitParameters } from './flat-parameters.js';
import { PARAMETER_GROUPS } from './parameter-groups.js';

/** The forward pass from the flat parameters, and the gradient of the summed losses for every block of them. */
function differentiate(name: string, layout: FlatLayout, build: BuildForward) {
  const graph = new Graph(name);
  const blocks = splitBlocks(graph.input('parameters', 'float32', [layout.size]), layout);
  const result = build(new Scope(graph, parametersFrom(blocks, layout)));
  const total = Object.values(result.losses).reduce((sum, loss) => add(sum, loss));
  return { graph, blocks, result, gradients: gradients(total, blocks, { stop: result.stopped }) };
}

function nameLosses(graph: Graph, { losses }: Forward): void {
  for (const [name, loss] of Object.entries(losses)) graph.output(`loss.${name}`, reshape(loss, []));
}

/**
 * One whole training step as a pure function: parameters, moments and a batch in; losses, gradient norm and the updated parameters and
 * moments out. All state is in its inputs, so a resumed run repeats an unbroken one exactly.
 */
export const trainingGraph = (layout: FlatLayout, build: BuildForward, optimizer: AdamWSettings): Graph =>
  trainingStep(layout, build, optimizer).graph;

/** The same graph, with the gradient of each block of parameters in it. */
export function trainingStep(
  layout: FlatLayout,
  build: BuildForward,
  optimizer: AdamWSettings,
): { graph: Graph; gradients: Value[] } {
  const forwarded = differentiate('training', layout, build);
  const { graph, result } = forwarded;
  const inputs = {
    parameters: forwarded.blocks,
    gradients: forwarded.gradients,
    moment1: graph.input('moment1', 'float32', [layout.size]),
    moment2: graph.input('moment2', 'float32', [layout.size]),
    learningRates: graph.input('learning_rates', 'float32', [PARAMETER_GROUPS.length]),
    biasCorrections: graph.input('bias_corrections', 'float32', [2]),
  };
  const updated = graph.within('optimizer', () => adamW(layout, inputs, optimizer));
  nameLosses(graph, result);
  graph.output('gradient_norm', updated.gradientNorm);
  graph.output('updated_parameters', updated.parameters);
  graph.output('updated_moment1', updated.moment1);
  graph.output('updated_moment2', updated.moment2);
  return { graph, gradients: forwarded.gradients };
}

/**
 * The losses of a batch, what else its forward pass shows, and the gradient of the summed losses with respect to every parameter, as
 * `grad.<parameter>`; nothing is updated.
 */
export function gradientGraph(layout: FlatLayout, build: BuildForward): Graph {
  const { graph, result, gradients: blocks } = differentiate('gradients', layout, build);
  nameLosses(graph, result);
  for (const [name, value] of Object.entries(result.outputs)) graph.output(name, value);
  layout.blocks.forEach((block, i) => {
    splitParameters(blocks[i]!, block).forEach((gradient, j) => {
      graph.output(`grad.${block.parameters[j]!.name}`, gradient);
    });
  });
  return graph;
}
