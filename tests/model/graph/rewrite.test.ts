// Graphs with some of their nodes and constants replaced.
import { describe, expect, test } from 'vitest';
import { Graph } from '../../../model/graph/graph.js';
import { add, gemm, mul, neg, sub } from '../../../model/graph/ops.js';
import { rewriteGraph } from '../../../model/graph/rewrite.js';
import { writeOnnx } from '../../../model/onnx/write-onnx.js';
import { float32, numbersOf, runGraph } from '../../fixtures/run-graph.js';

/** y = -(x W^T) + b, with node names that say where they are; also x itself, and an unused node. */
function layer(): Graph {
  const graph = new Graph('layer');
  const x = graph.input('x', 'float32', ['B', 2]);
  const weight = graph.constant('w', 'float32', [2, 2], Float32Array.of(1, 2, 3, 4));
  const bias = graph.constant('b', 'float32', [2], Float32Array.of(10, 20));
  const product = graph.within('blocks.0', () =>
    graph.within('fc', () => gemm(x, weight, undefined, { transB: true })),
  );
  graph.output(
    'y',
    graph.within('blocks.0', () => add(neg(product), bias)),
  );
  graph.output('same_x', x);
  graph.within('unused', () => mul(x, 2));
  return graph;
}
const names = (graph: Graph) => graph.nodes.map(({ name }) => name);
const outputOf = async (graph: Graph) => numbersOf((await runGraph(graph, { x: float32([1, 2], [1, -1]) })).y);

describe('a rewritten graph', () => {
  test('with nothing replaced is the same, without what nothing reads', async () => {
    const copy = rewriteGraph(layer(), {});
    expect(names(copy)).toEqual(['blocks/0/fc/Gemm', 'blocks/0/Neg', 'blocks/0/Add']);
    expect(copy.constants.map(({ name }) => name)).toEqual(['w', 'b']);
    expect(copy.outputs.map(({ name }) => name)).toEqual(['y', 'same_x']);
    expect(await outputOf(copy)).toEqual(await outputOf(layer()));
    expect(Buffer.concat(writeOnnx(rewriteGraph(copy, {})).model)).toEqual(Buffer.concat(writeOnnx(copy).model));
  });

  test('has other constants', async () => {
    const doubled = rewriteGraph(layer(), {
      constant: ({ name, dtype, shape, data }, target) =>
        name === 'b'
          ? target.constant(
              'twice',
              dtype,
              shape as number[],
              (data as Float32Array).map((x) => 2 * x),
            )
          : null,
    });
    expect(doubled.constants.map(({ name }) => name)).toEqual(['w', 'twice']);
    expect(await outputOf(doubled)).toEqual([21, 41]);
  });

  test('has other nodes, at the old place, and drops what they do not read', async () => {
    const skipping = rewriteGraph(layer(), {
      node: (node) => {
        if (node.op !== 'Neg') return null;
        // Around the product: from its input.
        const [x] = node.inputs[0]!.producer!.inputs;
        return { reads: [x!], build: ([input]) => [sub(input!, 1)] };
      },
    });
    expect(names(skipping)).toEqual(['blocks/0/Sub', 'blocks/0/Add']);
    expect(skipping.constants.map(({ name }) => name)).not.toContain('w');
    expect(await outputOf(skipping)).toEqual([10, 18]);
  });

  test('is refused where a replacement does not fit, with the place', () => {
    const narrow = () =>
      rewriteGraph(layer(), {
        node: (node) =>
          node.op === 'Neg'
            ? {
                reads: node.inputs,
                build: ([x]) => [gemm(x!, x!.graph.constant('n', 'float32', [3, 1], new Float32Array(3)))],
              }
            : null,
      });
    expect(narrow).toThrow('blocks/0/Gemm(blocks/0/fc/Gemm:0[B,2], n[3,1]): expected inner dimensions that agree');
  });
});
