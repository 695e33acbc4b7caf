// The cross-modality encoders compute no more than is read: that changes nothing in what is read.
import { describe, expect, test } from 'vitest';
import { Graph } from '../../../model/graph/graph.js';
import type { Value } from '../../../model/graph/value.js';
import { Scope } from '../../../model/layers/scope.js';
import { type ModelConfig, resolveModelConfig } from '../../../model/maskvlm/config.js';
import { crossBlocks, type Pairing, type Tokens } from '../../../model/maskvlm/cross-encoder.js';
import { constantParameters } from '../../../model/maskvlm/inference-graphs.js';
import { additiveMask } from '../../../model/maskvlm/text-encoder.js';
import { createRng } from '../../../model/random.js';
import { parameterMap } from '../../../training/run/parameter-map.js';
import { float32, int64, numbersOf, runGraph } from '../../fixtures/run-graph.js';
import { layoutOf, SMALL, trainedParameters } from '../../fixtures/small-pretraining.js';

const [B, N, L] = [3, 10, 5];
const D = SMALL.width;
const randoms = (count: number, key: string) => {
  const rng = createRng('tokens', key);
  return Array.from({ length: count }, () => rng.normal());
};
const feeds = {
  image_tokens: float32([B, N, D], randoms(B * N * D, 'image')),
  text_tokens: float32([B, L, D], randoms(B * L * D, 'text')),
  attention_mask: int64([B, L], [1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1, 0]),
};

type Build = (
  graph: Graph,
  modality: { queries: Tokens; context: Tokens },
  run: (pairings: Pairing[]) => Value[],
) => void;

/** Runs what `build` makes of one encoder's blocks. */
function evaluate(encoder: 'image_cross_encoder' | 'text_cross_encoder', config: ModelConfig, build: Build) {
  const layout = layoutOf(config);
  const graph = new Graph('cross');
  const image = { tokens: graph.input('image_tokens', 'float32', [B, N, D]), mask: null };
  const tokens = graph.input('text_tokens', 'float32', [B, L, D]);
  const text = { tokens, mask: additiveMask(graph.input('attention_mask', 'int64', [B, L])) };
  const [queries, context] = encoder === 'image_cross_encoder' ? [image, text] : [text, image];
  const root = new Scope(graph, constantParameters(parameterMap(trainedParameters(layout), layout)));
  build(graph, { queries, context }, (pairings) =>
    root.within(encoder, (scope) => crossBlocks(scope, queries, context, pairings, config.crossDepth, config)),
  );
  return runGraph(graph, feeds);
}

const rows = (graph: Graph, name: string, values: number[]) =>
  graph.constant(name, 'int64', [values.length], BigInt64Array.from(values, BigInt));
/** Of `tokens` [n,M,D] the rows that `read` names, of each the first `count` tokens. */
const pick = (tokens: number[], M: number, read: number[], count: number) =>
  read.flatMap((row) => tokens.slice(row * M * D, (row * M + count) * D));
const difference = (a: number[], b: number[]) => {
  expect(a).toHaveLength(b.length);
  return Math.max(...a.map((x, i) => Math.abs(x - b[i]!)));
};

describe.each([1, 2, 3])('with %i blocks', (crossDepth) => {
  const config = resolveModelConfig({ ...SMALL, crossDepth });
  describe.each([
    ['image_cross_encoder', N],
    ['text_cross_encoder', L],
  ] as const)('%s', (encoder, M) => {
    test('the first row alone is the first row of all', async () => {
      const out = await evaluate(encoder, config, (graph, _, run) => {
        for (const read of ['all', 'first'] as const)
          graph.output(read, run([{ queryRows: null, contextRows: null, read }])[0]!);
      });
      expect(out.first!.shape).toEqual([B, 1, D]);
      expect(difference(numbersOf(out.first), pick(numbersOf(out.all), M, [0, 1, 2], 1))).toBeLessThan(1e-5);
    });

    test('pairings together are the pairings one by one', async () => {
      const [q1, c1, q2, c2] = [
        [0, 1, 2, 2, 0],
        [0, 1, 2, 0, 1],
        [1, 2],
        [2, 2],
      ] as const;
      const out = await evaluate(encoder, config, (graph, _, run) => {
        const pair = (q: readonly number[], c: readonly number[], read: Pairing['read']): Pairing => ({
          queryRows: rows(graph, 'query_rows', [...q]),
          contextRows: rows(graph, 'context_rows', [...c]),
          read,
        });
        const together = run([pair(q1, c1, 'first'), pair(q2, c2, 'all')]);
        graph.output('together_1', together[0]!);
        graph.output('together_2', together[1]!);
        graph.output('alone_1', run([pair(q1, c1, 'all')])[0]!);
        graph.output('alone_2', run([pair(q2, c2, 'all')])[0]!);
        graph.output('single', run([pair(q1, c1, 'first')])[0]!);
      });
      const expected = pick(numbersOf(out.alone_1), M, [0, 1, 2, 3, 4], 1);
      expect(difference(numbersOf(out.together_1), expected)).toBeLessThan(1e-5);
      expect(difference(numbersOf(out.single), expected)).toBeLessThan(1e-5);
      expect(difference(numbersOf(out.together_2), numbersOf(out.alone_2))).toBeLessThan(1e-5);
    });

    test('a pair without rows is the pair of equal rows', async () => {
      const out = await evaluate(encoder, config, (graph, _, run) => {
        graph.output('plain', run([{ queryRows: null, contextRows: null, read: 'all' }])[0]!);
        const same = rows(graph, 'rows', [0, 1, 2]);
        graph.output('named', run([{ queryRows: same, contextRows: same, read: 'all' }])[0]!);
      });
      expect(difference(numbersOf(out.plain), numbersOf(out.named))).toBeLessThan(1e-6);
    });
  });
});
