import { describe, expect, test } from 'vitest';
import { Graph } from '../../../model/graph/graph.js';
import { gradients } from '../../../training/autodiff/backward.js';
import { maskedImageLoss, maskedLanguageLoss } from '../../../training/objectives/masked-modeling.js';
import { float32, int64, numbersOf, runGraph } from '../../fixtures/run-graph.js';

describe('masked language modeling', () => {
  // Two texts of two tokens over a vocabulary of three.
  const LOGITS = [1, 0, 0, 0, 2, 0, 0, 0, 3, 5, 5, 5];
  const IDS = [0, 0, 2, 1];
  // -log softmax of the right word: log(1 + 2/e), log(2 + e^2), log(1 + 2/e^3), log 3
  const EACH = [Math.log(1 + 2 / Math.E), Math.log(2 + Math.E ** 2), Math.log(1 + 2 / Math.E ** 3), Math.log(3)];

  const lossOf = async (mask: number[], logits = LOGITS) => {
    const graph = new Graph('mlm');
    const scores = graph.input('logits', 'float32', [2, 2, 3]);
    const loss = maskedLanguageLoss(
      scores,
      graph.input('ids', 'int64', [2, 2]),
      graph.input('mask', 'float32', [2, 2]),
    );
    graph.output('loss', loss);
    graph.output('gradient', gradients(loss, [scores])[0]!);
    const feeds = { logits: float32([2, 2, 3], logits), ids: int64([2, 2], IDS), mask: float32([2, 2], mask) };
    const out = await runGraph(graph, feeds);
    return { loss: numbersOf(out.loss)[0]!, gradient: numbersOf(out.gradient) };
  };

  test.each([
    ['one token', [0, 1, 0, 0], EACH[1]!],
    ['three tokens of two texts', [1, 1, 0, 1], (EACH[0]! + EACH[1]! + EACH[3]!) / 3],
    ['every token', [1, 1, 1, 1], EACH.reduce((a, b) => a + b) / 4],
  ])('is the mean over the masked tokens: %s', async (_, mask, loss) => {
    expect((await lossOf(mask)).loss).toBeCloseTo(loss, 5);
  });

  test('does not look at the others', async () => {
    const changed = LOGITS.map((x, i) => (i >= 6 && i < 9 ? x + 10 * i : x));
    expect((await lossOf([1, 1, 0, 1], changed)).loss).toBe((await lossOf([1, 1, 0, 1])).loss);
    expect((await lossOf([1, 1, 0, 1])).gradient.slice(6, 9)).toEqual([0, 0, 0]);
  });

  test('of a batch without a masked token is 0, and so is its gradient', async () => {
    const { loss, gradient } = await lossOf([0, 0, 0, 0]);
    expect([loss, ...gradient].map(Math.abs)).toEqual(Array(13).fill(0));
  });
});

describe('masked image modeling', () => {
  // One picture of three patches of a single pixel: three colours each.
  const PREDICTED = [1, 2, 3, 4, 5, 6, -1, 0, 2];
  const ORIGINAL = [0, 0, 0, 5, 5, 5, 0.5, 0, 0];
  const lossOf = async (mask: number[], channels: 'mean' | 'sum' = 'mean') => {
    const graph = new Graph('mim');
    const predicted = graph.input('predicted', 'float32', [1, 3, 3]);
    const loss = maskedImageLoss(
      predicted,
      graph.input('original', 'float32', [1, 3, 3]),
      graph.input('mask', 'float32', [1, 3]),
      channels,
    );
    graph.output('loss', loss);
    graph.output('gradient', gradients(loss, [predicted])[0]!);
    const out = await runGraph(graph, {
      predicted: float32([1, 3, 3], PREDICTED),
      original: float32([1, 3, 3], ORIGINAL),
      mask: float32([1, 3], mask),
    });
    return { loss: numbersOf(out.loss)[0]!, gradient: numbersOf(out.gradient) };
  };

  test.each([
    ['one patch', [0, 1, 0], (1 + 0 + 1) / 3],
    ['two patches', [1, 0, 1], (1 + 2 + 3 + 1.5 + 0 + 2) / 6],
    ['no patch', [0, 0, 0], 0],
  ])('is the mean distance over masked pixels and colours: %s', async (_, mask, loss) => {
    expect((await lossOf(mask)).loss).toBeCloseTo(loss, 6);
  });

  test('or of the sum of the colours', async () => {
    expect((await lossOf([1, 0, 1], 'sum')).loss).toBeCloseTo((1 + 2 + 3 + 1.5 + 0 + 2) / 2, 6);
  });

  test('pulls every masked colour with the same strength, the others not at all', async () => {
    const { gradient } = await lossOf([1, 0, 1]);
    const signs = [1, 1, 1, 0, 0, 0, -1, 0, 1];
    for (const [i, value] of gradient.entries()) expect(value).toBeCloseTo(signs[i]! / 6, 6);
  });
});
