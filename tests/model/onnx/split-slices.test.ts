// A Split of many parts written as Slices gives the same parts.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Graph } from '../../../model/graph/graph.js';
import { split } from '../../../model/graph/ops.js';
import { readOnnx } from '../../../model/onnx/read-onnx.js';
import { openSession, saveOnnx } from '../../../model/onnx/session.js';
import { writeOnnx } from '../../../model/onnx/write-onnx.js';
import { float32, numbersOf } from '../../fixtures/run-graph.js';
import { temporaryFolder } from '../../fixtures/tiny-training.js';

const SIZES = [1, 3, 2];
function splitGraph(): Graph {
  const graph = new Graph('split');
  const parts = split(graph.input('x', 'float32', [2, 6]), 1, SIZES);
  for (const [i, part] of parts.entries()) graph.output(`part${i}`, part);
  return graph;
}
const operators = (mostParts?: number) =>
  readOnnx(Buffer.concat(writeOnnx(splitGraph(), mostParts === undefined ? {} : { mostParts }).model)).nodes.map(
    ({ op }) => op,
  );

test('a Split stays one where it has no more parts than it may', () => {
  expect(operators()).toEqual(['Split']);
  expect(operators(3)).toEqual(['Split']);
  expect(operators(2)).toEqual(['Slice', 'Slice', 'Slice']);
});

test('its parts are the same', async () => {
  const file = join(await temporaryFolder(), 'split.onnx');
  await saveOnnx(writeOnnx(splitGraph(), { mostParts: 2 }), file);
  const session = await openSession(file, { threads: 1 });
  const out = await session.run({ x: float32([2, 6], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]) });
  await session.release();
  expect(SIZES.map((_, i) => numbersOf(out[`part${i}`]))).toEqual([
    [0, 6],
    [1, 2, 3, 7, 8, 9],
    [4, 5, 10, 11],
  ]);
});
