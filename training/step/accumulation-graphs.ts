import { Graph } from '../../model/graph/graph.js';
import { add, concat, mul, reduceSum } from '../../model/graph/ops.js';
import type { Value } from '../../model/graph/value.js';
import { gradients } from '../autodiff/backward.js';
import type { BuildStage, Stage } from '../objectives/forward.js';
import { type FlatLayout, splitBlocks } from './flat-parameters.js';
import type { OptimizerSettings } from './optimizer.js';
import { type GraphOptions, nameLosses, openParameters, recomputed, update } from './training-graph.js';

/** The output that an accumulating graph adds to its input `gradient`, [P] both. */
export const SUMMED_GRADIENT = 'summed_gradient';

/** The forward pass of a stage alone: what it sends. */
export function sendingGraph(layout: FlatLayout, build: BuildStage): Graph {
  const { graph, root } = openParameters('sending', layout);
  for (const [name, value] of Object.entries(build(root).sent)) graph.output(name, value);
  return graph;
}

/**
 * A stage forwards and backwards: its losses, its outputs, the gradient of every value it received as `<name>_gradient`, and its part of the
 * parameters' gradient added to what is there. For every value that it sends, `<name>_gradient` is an input.
 */
export function accumulatingGraph(layout: FlatLayout, build: BuildStage, options: GraphOptions = {}): Graph {
  const { graph, blocks, root } = openParameters('accumulating', layout);
  const stage = build(root);
  const received = Object.entries(stage.received);
  const targets = [...blocks, ...received.map(([, value]) => value)];
  const found = gradients(objective(graph, stage), targets, {
    stop: stage.stopped,
    recompute: recomputed(options),
  });
  nameLosses(graph, stage.losses);
  for (const [name, value] of Object.entries(stage.outputs)) graph.output(name, value);
  received.forEach(([name], i) => {
    graph.output(`${name}_gradient`, found[blocks.length + i]!);
  });
  const before = splitBlocks(graph.input('gradient', 'float32', [layout.size]), layout);
  const sums = before.map((part, i) => add(part, found[i]!));
  graph.output(SUMMED_GRADIENT, concat(sums, 0));
  return graph;
}

/** A scalar whose gradient is that of the step: the losses, and what was sent times the gradient that came back for it. */
function objective(graph: Graph, { losses, sent }: Stage): Value {
  const returned = Object.entries(sent).map(([name, value]) => {
    const gradient = graph.input(`${name}_gradient`, 'float32', value.shape);
    return reduceSum(
      mul(value, gradient),
      value.shape.map((_, axis) => axis),
    );
  });
  const parts = [...Object.values(losses), ...returned];
  // Where ITM draws negatives and ITC is off, the stage that draws them has nothing to minimise.
  return parts.length === 0 ? graph.scalar(0) : parts.reduce((sum, part) => add(sum, part));
}

/** The optimizer alone, on a gradient that has been summed up. */
export function updateGraph(layout: FlatLayout, optimizer: OptimizerSettings): Graph {
  const graph = new Graph('update');
  const flat = (name: string) => splitBlocks(graph.input(name, 'float32', [layout.size]), layout);
  update(graph, layout, { parameters: flat('parameters'), gradients: flat('gradient') }, optimizer);
  return graph;
}
