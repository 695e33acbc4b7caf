import { Graph, type Node } from '../../model/graph/graph.js';
import { add, reshape } from '../../model/graph/ops.js';
import type { Value } from '../../model/graph/value.js';
import { Scope } from '../../model/layers/scope.js';
import { gradients } from '../autodiff/backward.js';
import type { BuildForward, Forward } from '../objectives/forward.js';
import { type DropoutRates, dropoutTap, drops } from './dropout.js';
import { type FlatLayout, parametersFrom, splitBlocks, splitParameters } from './flat-parameters.js';
import { type OptimizerSettings, optimize } from './optimizer.js';
import { PARAMETER_GROUPS } from './parameter-groups.js';

/** What a graph of a step does besides what it computes. */
export interface GraphOptions {
  /** Keeps of every block only what it is fed, and computes the rest again on the way back: less memory, more time. */
  recompute?: boolean;
  /** What of the values inside the model is dropped; nothing where it is left out. */
  dropout?: DropoutRates | undefined;
}

/** The block of an encoder or decoder that a node belongs to, by its name: `image_encoder/blocks/3`. */
const blockOf = ({ name }: Node): string | undefined => /^.*?\bblocks\/\d+(?=\/)/.exec(name)?.[0];

/** The segments of a graph that are computed again. */
export const recomputed = ({ recompute }: GraphOptions) => (recompute ? blockOf : undefined);

/** The flat parameters of a new graph, as blocks and as what layers read. */
export function openParameters(
  name: string,
  layout: FlatLayout,
  { dropout }: GraphOptions = {},
): { graph: Graph; blocks: Value[]; root: Scope } {
  const graph = new Graph(name);
  const blocks = splitBlocks(graph.input('parameters', 'float32', [layout.size]), layout);
  const tap = dropout && drops(dropout) ? dropoutTap(graph, dropout) : undefined;
  return { graph, blocks, root: new Scope(graph, parametersFrom(blocks, layout), '', tap) };
}

/** The forward pass from the flat parameters, and the gradient of the summed losses for every block of them. */
function differentiate(name: string, layout: FlatLayout, build: BuildForward, options: GraphOptions) {
  const { graph, blocks, root } = openParameters(name, layout, options);
  const result = build(root);
  const total = Object.values(result.losses).reduce((sum, loss) => add(sum, loss));
  const found = gradients(total, blocks, { stop: result.stopped, recompute: recomputed(options) });
  return { graph, blocks, result, gradients: found };
}

export function nameLosses(graph: Graph, losses: Forward['losses']): void {
  for (const [name, loss] of Object.entries(losses)) graph.output(`loss.${name}`, reshape(loss, []));
}

/** Adds the optimizer: its inputs, and as outputs the gradient's norm and what the next step begins with. */
export function update(
  graph: Graph,
  layout: FlatLayout,
  { parameters, gradients }: { parameters: readonly Value[]; gradients: readonly Value[] },
  optimizer: OptimizerSettings,
): void {
  const inputs = {
    parameters,
    gradients,
    moment1: graph.input('moment1', 'float32', [layout.size]),
    moment2: graph.input('moment2', 'float32', [layout.size]),
    learningRates: graph.input('learning_rates', 'float32', [PARAMETER_GROUPS.length]),
    biasCorrections: graph.input('bias_corrections', 'float32', [2]),
  };
  const updated = graph.within('optimizer', () => optimize(layout, inputs, optimizer));
  graph.output('gradient_norm', updated.gradientNorm);
  graph.output('updated_parameters', updated.parameters);
  graph.output('updated_moment1', updated.moment1);
  graph.output('updated_moment2', updated.moment2);
}

/**
 * One whole training step as a pure function: parameters, moments and a batch in; losses, gradient norm and the updated parameters and
 * moments out. All state is in its inputs, so a resumed run repeats an unbroken one exactly.
 */
export const trainingGraph = (
  layout: FlatLayout,
  build: BuildForward,
  optimizer: OptimizerSettings,
  options: GraphOptions = {},
): Graph => trainingStep(layout, build, optimizer, options).graph;

/** The same graph, with the gradient of each block of parameters in it. */
export function trainingStep(
  layout: FlatLayout,
  build: BuildForward,
  optimizer: OptimizerSettings,
  options: GraphOptions = {},
): { graph: Graph; gradients: Value[] } {
  const { graph, blocks, result, gradients } = differentiate('training', layout, build, options);
  nameLosses(graph, result.losses);
  update(graph, layout, { parameters: blocks, gradients }, optimizer);
  return { graph, gradients };
}

/**
 * The losses of a batch, what else its forward pass shows, and the gradient of the summed losses with respect to every parameter, as
 * `grad.<parameter>`; nothing is updated.
 */
export function gradientGraph(layout: FlatLayout, build: BuildForward, options: GraphOptions = {}): Graph {
  const { graph, result, gradients: blocks } = differentiate('gradients', layout, build, options);
  nameLosses(graph, result.losses);
  for (const [name, value] of Object.entries(result.outputs)) graph.output(name, value);
  layout.blocks.forEach((block, i) => {
    splitParameters(blocks[i]!, block).forEach((gradient, j) => {
      graph.output(`grad.${block.parameters[j]!.name}`, gradient);
    });
  });
  return graph;
}
