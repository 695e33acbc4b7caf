// In-batch hard negatives: which are never drawn, and how often the others are.
import { describe, expect, test } from 'vitest';
import { Graph } from '../../../model/graph/graph.js';
import { openSession } from '../../../model/onnx/session.js';
import { createRng } from '../../../model/random.js';
import { sampleNegatives } from '../../../training/objectives/hard-negatives.js';
import { float32, numbersOf } from '../../fixtures/run-graph.js';

/** Draws `count` times. Rows of `similarities` are images. */
async function draw(similarities: number[][], allowed: number[][], count: number, epsilon = 0) {
  const B = allowed.length;
  const graph = new Graph('negatives');
  const matrix = (name: string) => graph.input(name, 'float32', [B, B]);
  const noise = { images: matrix('gumbel_image'), texts: matrix('gumbel_text') };
  const negatives = sampleNegatives(matrix('similarities'), matrix('allowed'), noise, epsilon);
  for (const [name, value] of Object.entries(negatives)) graph.output(name, value);
  const session = await openSession(graph, { threads: 1 });
  const rng = createRng('hard negatives');
  const gumbel = () =>
    float32(
      [B, B],
      Array.from({ length: B * B }, () => rng.gumbel()),
    );
  const drawn = [];
  for (let i = 0; i < count; i++) {
    const out = await session.run({
      similarities: float32([B, B], similarities.flat()),
      allowed: float32([B, B], allowed.flat()),
      gumbel_image: gumbel(),
      gumbel_text: gumbel(),
    });
    drawn.push({ images: numbersOf(out.images), texts: numbersOf(out.texts), exist: numbersOf(out.exist) });
  }
  await session.release();
  return drawn;
}

const DRAWS = 3000;
const SIMILARITIES = [
  [9, 1, 0, -1],
  [0.5, 9, 1.5, 0],
  [-1, 0, 9, 2],
  [1, 1, -2, 9],
];
// Pictures 0 and 1 share a caption.
const ALLOWED = [
  [0, 0, 1, 1],
  [0, 0, 1, 1],
  [1, 1, 0, 1],
  [1, 1, 1, 0],
];

describe('negatives', () => {
  /** Share of draws in which `of` names each candidate. */
  const shares = (drawn: number[]) =>
    [0, 1, 2, 3].map((j) => drawn.filter((value) => value === j).length / drawn.length);
  /** softmax over the allowed candidates. */
  const wanted = (scores: number[], allowed: number[]) => {
    const weights = scores.map((score, j) => allowed[j]! * Math.exp(score));
    return weights.map((weight) => weight / weights.reduce((a, b) => a + b));
  };
  /** Four standard deviations of a share. */
  const tolerance = (p: number) => 4 * Math.sqrt((p * (1 - p)) / DRAWS);

  test('are drawn in proportion to exp(similarity) among the allowed: never the pair itself, never an excluded one', async () => {
    const drawn = await draw(SIMILARITIES, ALLOWED, DRAWS);
    for (const row of [0, 1, 2, 3]) {
      const column = SIMILARITIES.map((scores) => scores[row]!);
      const cases = [
        ['text', drawn.map(({ texts }) => texts[row]!), wanted(SIMILARITIES[row]!, ALLOWED[row]!)],
        ['image', drawn.map(({ images }) => images[row]!), wanted(column, ALLOWED[row]!)],
      ] as const;
      for (const [what, got, share] of cases) {
        for (const [j, value] of shares(got).entries())
          expect(Math.abs(value - share[j]!), `${what} ${j} for ${row}`).toBeLessThanOrEqual(tolerance(share[j]!));
      }
    }
    expect(drawn[0]!.exist).toEqual([1, 1, 1, 1]);
  });

  test('are drawn in proportion to exp(similarity) / sum over all + epsilon', async () => {
    const drawn = await draw(SIMILARITIES, ALLOWED, DRAWS, 0.05);
    for (const row of [0, 1, 2, 3]) {
      const all = SIMILARITIES[row]!.reduce((sum, score) => sum + Math.exp(score), 0);
      const weights = SIMILARITIES[row]!.map((score, j) => ALLOWED[row]![j]! * (Math.exp(score) / all + 0.05));
      const got = shares(drawn.map(({ texts }) => texts[row]!));
      const share = weights.map((weight) => weight / weights.reduce((a, b) => a + b));
      for (const [j, value] of got.entries())
        expect(Math.abs(value - share[j]!), `text ${j} for ${row}`).toBeLessThanOrEqual(tolerance(share[j]!));
    }
  });

  test('of the two directions are drawn apart', async () => {
    const even = SIMILARITIES.map((row) => row.map(() => 0));
    const drawn = await draw(even, ALLOWED, 50);
    expect(drawn.some(({ images, texts }) => `${images}` !== `${texts}`)).toBe(true);
  });

  test('are marked as missing where every other pair is excluded', async () => {
    const alone = [
      [0, 0, 0],
      [0, 0, 1],
      [0, 1, 0],
    ];
    const [drawn] = await draw(
      [
        [1, 1, 1],
        [1, 1, 1],
        [1, 1, 1],
      ],
      alone,
      1,
    );
    expect(drawn!.exist).toEqual([0, 1, 1]);
    expect([drawn!.images.slice(1), drawn!.texts.slice(1)]).toEqual([
      [2, 1],
      [2, 1],
    ]);
  });

  test('of a batch of one are missing, not an error', async () => {
    expect(await draw([[3]], [[0]], 1)).toEqual([{ images: [0], texts: [0], exist: [0] }]);
  });
});
