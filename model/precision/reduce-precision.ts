import type { Precision } from '../bundle/manifest.js';
import type { Graph } from '../graph/graph.js';
import { halfWeights } from './half-weights.js';
import { int8Weights } from './int8-weights.js';

const passes: Record<Precision, (graph: Graph) => Graph> = {
  fp32: (graph) => graph,
  fp16: halfWeights,
  int8: int8Weights,
};

/** A graph of float32 weights with its weights in another precision; inputs and outputs stay as they are. */
export const reducePrecision = (graph: Graph, precision: Precision): Graph => passes[precision](graph);
