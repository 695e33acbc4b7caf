// The text encoder: what padding, positions and word order do to its output.
import { describe, expect, test } from 'vitest';
import { constantParameters, inferenceGraph } from '../../../model/maskvlm/inference-graphs.js';
import { parameterMap } from '../../../training/run/parameter-map.js';
import { int64, largestDifference, numbersOf, runGraph } from '../../fixtures/run-graph.js';
import { layoutOf, SMALL, trainedParameters } from '../../fixtures/small-pretraining.js';

const layout = layoutOf(SMALL);
const WIDTH = SMALL.width;

/** Encodes texts of equal length; `change` may alter the parameters first. */
function encode(
  ids: number[][],
  mask: number[][],
  change: (table: (name: string) => Float32Array) => void = () => undefined,
) {
  const parameters = parameterMap(trainedParameters(layout), layout);
  change((name) => parameters.get(name)!.data);
  const shape = [ids.length, ids[0]!.length];
  return runGraph(inferenceGraph('text_encoder', SMALL, constantParameters(parameters)), {
    input_ids: int64(shape, ids.flat()),
    attention_mask: int64(shape, mask.flat()),
  });
}

const TEXT = [0, 7, 9, 11, 2];
const ALL = [1, 1, 1, 1, 1];

describe('padding', () => {
  test.each([
    ['padding', [1, 1, 1]],
    ['anything else', [29, 5, 4]],
  ])('changes nothing, whatever stands there: %s', async (_, rest) => {
    const plain = await encode([TEXT], [ALL]);
    const padded = await encode([[...TEXT, ...rest]], [[...ALL, 0, 0, 0]]);
    expect(largestDifference(padded.text_embedding, plain.text_embedding)).toBeLessThan(1e-5);
    const tokens = numbersOf(padded.text_tokens).slice(0, 5 * WIDTH);
    expect(Math.max(...tokens.map((x, i) => Math.abs(x - numbersOf(plain.text_tokens)[i]!)))).toBeLessThan(1e-5);
  });

  test('changes nothing beside a longer text', async () => {
    const alone = await encode([TEXT], [ALL]);
    const beside = await encode(
      [
        [...TEXT, 1, 1],
        [0, 8, 8, 12, 20, 21, 2],
      ],
      [
        [...ALL, 0, 0],
        [...ALL, 1, 1],
      ],
    );
    const first = numbersOf(beside.text_embedding).slice(0, SMALL.embedding);
    expect(Math.max(...first.map((x, i) => Math.abs(x - numbersOf(alone.text_embedding)[i]!)))).toBeLessThan(1e-5);
  });
});

describe('positions', () => {
  test('make the order of words matter', async () => {
    const [one, other] = [await encode([TEXT], [ALL]), await encode([[0, 9, 7, 11, 2]], [ALL])];
    expect(largestDifference(one.text_embedding, other.text_embedding)).toBeGreaterThan(1e-2);
  });

  test.each([
    [0, false],
    [1, false],
    [2, true],
    [6, true],
    [7, false],
  ])('of a text of five tokens begin at 2: row %i is read: %s', async (row, read) => {
    const padded: [number[][], number[][]] = [[[...TEXT, 1, 1]], [[...ALL, 0, 0]]];
    const before = await encode(...padded);
    const after = await encode(...padded, (table) => {
      // Not the same for every column: layer normalisation takes a shift of the whole row away.
      const rows = table('text_encoder.position_embeddings.weight');
      for (let i = 0; i < WIDTH; i++) rows[row * WIDTH + i]! += i;
    });
    const real = (out: typeof before) => numbersOf(out.text_tokens).slice(0, 5 * WIDTH);
    const moved = Math.max(...real(after).map((x, i) => Math.abs(x - real(before)[i]!)));
    if (read) expect(moved).toBeGreaterThan(1e-2);
    else expect(moved).toBe(0);
  });
});

test('the embedding is a unit vector', async () => {
  const { text_embedding } = await encode([TEXT, [0, 20, 21, 22, 2]], [ALL, ALL]);
  const values = numbersOf(text_embedding);
  for (const row of [0, 1]) {
    expect(Math.hypot(...values.slice(row * SMALL.embedding, (row + 1) * SMALL.embedding))).toBeCloseTo(1, 6);
  }
});
