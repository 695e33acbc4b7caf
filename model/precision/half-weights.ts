import { ExpectationError } from '../errors.js';
import type { Graph } from '../graph/graph.js';
import { cast } from '../graph/ops.js';
import { rewriteGraph } from '../graph/rewrite.js';
import { floatsToHalves } from './float16.js';

/** The least magnitude that rounds beyond the largest half, 65,504. */
const TOO_LARGE = 65_520;

/**
 * The same graph with its matrices and tables kept as float16 and cast back where they are read. onnxruntime casts once, when it loads the
 * graph: the file halves, the computation stays float32 and as fast. Vectors (norms, biases) stay float32. Throws, naming the weight, when
 * one of its numbers has no half.
 */
export function halfWeights(source: Graph): Graph {
  return rewriteGraph(source, {
    constant({ name, dtype, shape, data }, target) {
      if (dtype !== 'float32' || shape.length < 2) return null;
      const floats = data as Float32Array;
      const lost = floats.find((x) => !(Math.abs(x) < TOO_LARGE));
      if (lost !== undefined)
        throw new ExpectationError(`${name} in float16`, `numbers below ${TOO_LARGE} in magnitude`, String(lost));
      const halves = target.constant(name, 'float16', shape as readonly number[], floatsToHalves(floats));
      return target.within(name, () => cast(halves, 'float32'));
    },
  });
}
