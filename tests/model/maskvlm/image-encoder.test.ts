// The image encoder: how patches are laid out, and that a masked patch leaves no trace.
import { describe, expect, test } from 'vitest';
import { Graph } from '../../../model/graph/graph.js';
import { Scope } from '../../../model/layers/scope.js';
import { resolveModelConfig } from '../../../model/maskvlm/config.js';
import { embedPatches, encodePatches, maskPatches, patchify } from '../../../model/maskvlm/image-encoder.js';
import { constantParameters } from '../../../model/maskvlm/inference-graphs.js';
import { createRng } from '../../../model/random.js';
import { parameterMap } from '../../../training/run/parameter-map.js';
import { float32, largestDifference, numbersOf, runGraph } from '../../fixtures/run-graph.js';
import { layoutOf, SMALL, trainedParameters } from '../../fixtures/small-pretraining.js';

test('patches go row by row, channels before rows and columns within each', async () => {
  const config = resolveModelConfig({ image: { size: 4, patch: 2 } });
  const graph = new Graph('patches');
  graph.output('patches', patchify(graph.input('pixels', 'float32', ['B', 3, 4, 4]), config));
  // The value of a pixel tells where it is: channel, row, column.
  const pixels = [0, 1, 2].flatMap((c) => [0, 1, 2, 3].flatMap((y) => [0, 1, 2, 3].map((x) => 100 * c + 10 * y + x)));
  const { patches } = await runGraph(graph, { pixels: float32([1, 3, 4, 4], pixels) });
  expect(patches!.shape).toEqual([1, 4, 12]);
  const corners = [0, 2, 20, 22]; // upper left pixel of each patch
  expect(numbersOf(patches)).toEqual(
    corners.flatMap((corner) => [0, 100, 200].flatMap((c) => [0, 1, 10, 11].map((place) => c + corner + place))),
  );
});

const layout = layoutOf(SMALL);
const SIDE = SMALL.image.size;
const MASK = [1, 0, 0, 0, 1, 1, 0, 0, 1];
const pixelsOf = (seed: number) => {
  const rng = createRng('pixels', seed);
  return Array.from({ length: 3 * SIDE * SIDE }, () => rng.normal());
};
/** Number of the patch that pixel `i` of [3,S,S] lies in. */
const patchOf = (i: number) => {
  const [y, x] = [Math.floor(i / SIDE) % SIDE, i % SIDE];
  return Math.floor(y / SMALL.image.patch) * (SIDE / SMALL.image.patch) + Math.floor(x / SMALL.image.patch);
};

async function encodeMasked(pixels: number[], mask: number[]) {
  const graph = new Graph('masked');
  const root = new Scope(graph, constantParameters(parameterMap(trainedParameters(layout), layout)));
  const patches = patchify(graph.input('pixels', 'float32', [1, 3, SIDE, SIDE]), SMALL);
  const masked = graph.input('mask', 'float32', [1, mask.length]);
  graph.output(
    'tokens',
    root.within('image_encoder', (scope) =>
      encodePatches(scope, maskPatches(scope, embedPatches(scope, patches, SMALL), masked, SMALL), SMALL),
    ),
  );
  const feeds = { pixels: float32([1, 3, SIDE, SIDE], pixels), mask: float32([1, mask.length], mask) };
  return (await runGraph(graph, feeds)).tokens;
}

describe('masking', () => {
  const [picture, other] = [pixelsOf(1), pixelsOf(2)];
  const mixed = (masked: number) => picture.map((value, i) => (MASK[patchOf(i)] === masked ? other[i]! : value));

  test('hides what masked patches show', async () => {
    const [before, after] = [await encodeMasked(picture, MASK), await encodeMasked(mixed(1), MASK)];
    expect(largestDifference(before, after)).toBe(0);
  });

  test('leaves the other patches in sight', async () => {
    const [before, after] = [await encodeMasked(picture, MASK), await encodeMasked(mixed(0), MASK)];
    expect(largestDifference(before, after)).toBeGreaterThan(1e-2);
  });

  test('tells the encoder where the masked patches are', async () => {
    const all = Array<number>(9).fill(1);
    const tokens = numbersOf(await encodeMasked(picture, all));
    const row = (i: number) => tokens.slice(i * SMALL.width, (i + 1) * SMALL.width);
    expect(row(1)).not.toEqual(row(2));
  });
});
