// Samples that share their pictures against the same samples with a copy of the pictures each.
import { describe, expect, test } from 'vitest';
import type { ModelTask } from '../../../model/maskvlm/parameters.js';
import type { HostTensor } from '../../../model/onnx/session.js';
import type { BuildForward } from '../../../training/objectives/forward.js';
import { maskedWords } from '../../../training/objectives/masked-words.js';
import { pretraining } from '../../../training/objectives/pretraining.js';
import { gradientGraph } from '../../../training/step/training-graph.js';
import { float32, numbersOf, runGraph } from '../../fixtures/run-graph.js';
import { layoutOf, SETTINGS, SMALL, smallBatch, trainedParameters } from '../../fixtures/small-pretraining.js';
import { taskBatches } from '../../fixtures/task-batches.js';

const B = 4;

async function gradientsOf(build: BuildForward, inputs: Record<string, HostTensor>, task: ModelTask = 'pretrain') {
  const layout = layoutOf(SMALL, task);
  const graph = gradientGraph(layout, build);
  const wanted = Object.fromEntries(graph.inputs.map(({ name }) => [name, inputs[name]!]));
  return runGraph(graph, { ...wanted, parameters: float32([layout.size], trainedParameters(layout)) });
}

/** Losses and gradients alike. */
function expectSame(one: Record<string, HostTensor>, other: Record<string, HostTensor>) {
  const names = Object.keys(one).filter((name) => name.startsWith('loss.') || name.startsWith('grad.'));
  expect(names.length).toBeGreaterThan(10);
  for (const name of names) {
    const [a, b] = [numbersOf(one[name]), numbersOf(other[name])];
    const size = Math.hypot(...a) / Math.sqrt(a.length);
    expect(Math.max(...a.map((x, i) => Math.abs(x - b[i]!))), name).toBeLessThan(1e-5 + 1e-3 * size);
  }
}

/** Rows of pictures, each group of `sides` rows `times` times in turn. */
function repeat({ shape, data }: HostTensor, sides: number, times: number): HostTensor {
  const row = data.length / shape[0]!;
  const groups = shape[0]! / sides;
  const numbers = Array.from(data as Float32Array);
  const repeated = Array.from({ length: groups }, (_, g) => {
    const group = numbers.slice(g * sides * row, (g + 1) * sides * row);
    return Array.from({ length: times }, () => group).flat();
  }).flat();
  return float32([shape[0]! * times, ...shape.slice(1)], repeated);
}

const first = ({ shape, data }: HostTensor, rows: number): HostTensor =>
  float32([rows, ...shape.slice(1)], Array.from(data.subarray(0, (data.length / shape[0]!) * rows) as Float32Array));

describe.each([2, 4])('%i texts of a picture', (textsPerPicture) => {
  test.each(taskBatches(B).map((batch) => [batch.name, batch] as const))('%s', async (_, { task, build, inputs }) => {
    const sides = task === 'nlvr2' ? 2 : 1;
    const pictures = first(inputs.pixel_values!, (sides * B) / textsPerPicture);
    const shared = await gradientsOf(build(B, textsPerPicture), { ...inputs, pixel_values: pictures }, task);
    const copied = { ...inputs, pixel_values: repeat(pictures, sides, textsPerPicture) };
    expectSame(shared, await gradientsOf(build(B), copied, task));
  });

  test('masked words', async () => {
    const inputs = smallBatch(SMALL, { ...SETTINGS, batch: B });
    const pictures = first(inputs.pixel_values!, B / textsPerPicture);
    const words =
      (k: number): BuildForward =>
      (root) =>
        maskedWords(root, SMALL, { batch: B, textsPerPicture: k, length: SETTINGS.length, maskId: SETTINGS.maskId });
    const shared = await gradientsOf(words(textsPerPicture), { ...inputs, pixel_values: pictures });
    const copied = { ...inputs, pixel_values: repeat(pictures, 1, textsPerPicture) };
    expectSame(shared, await gradientsOf(words(1), copied));
  });
});

test('words by themselves are restored as beside the other objectives', async () => {
  const inputs = smallBatch(SMALL, { ...SETTINGS, batch: B });
  const losses = { itc: false, itm: false, mlm: true, mim: false };
  const alone = await gradientsOf(
    (root) =>
      maskedWords(root, SMALL, { batch: B, textsPerPicture: 1, length: SETTINGS.length, maskId: SETTINGS.maskId }),
    inputs,
  );
  expectSame(alone, await gradientsOf((root) => pretraining(root, SMALL, { ...SETTINGS, batch: B, losses }), inputs));
});
