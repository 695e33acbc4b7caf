// Initialised from published weights, our encoders must compute what the published models compute.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { constantParameters, inferenceGraph } from '../../../model/maskvlm/inference-graphs.js';
import { createRng } from '../../../model/random.js';
import { writeSafetensors } from '../../../model/safetensors/safetensors.js';
import type { Tensor } from '../../../model/safetensors/tensor.js';
import { initialParameters, loadParameters } from '../../../training/run/initialize.js';
import { parameterMap } from '../../../training/run/parameter-map.js';
import { type PublishedLayout, translateWeights } from '../../../training/weights/published-weights.js';
import { readWeights } from '../../../training/weights/read-weights.js';
import { ROBERTA } from '../../../training/weights/roberta.js';
import { TIMM_VIT } from '../../../training/weights/timm-vit.js';
import { robertaForward, robertaWeights, vitForward, vitWeights } from '../../fixtures/published-models.js';
import { float32, int64, numbersOf, runGraph } from '../../fixtures/run-graph.js';
import { layoutOf, SMALL } from '../../fixtures/small-pretraining.js';
import { pickle, torchArchive } from '../../fixtures/torch-archive.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'maskvlm-published-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** The parameters of a small model after a file of weights was read into it. */
async function initialised(file: string, published: PublishedLayout) {
  const layout = layoutOf(SMALL);
  const buffer = initialParameters(layout, 1, 0.02);
  const { parameters } = translateWeights(file, published, await readWeights(file));
  expect(loadParameters(buffer, layout, parameters).misfits).toEqual([]);
  return constantParameters(parameterMap(buffer, layout));
}

async function asSafetensors(weights: Map<string, Tensor>): Promise<string> {
  await writeSafetensors(join(folder, 'model.safetensors'), weights);
  return join(folder, 'model.safetensors');
}
async function asCheckpoint(weights: Map<string, Tensor>): Promise<string> {
  const prefixed = new Map([...weights].map(([name, tensor]) => [`module.${name}`, tensor]));
  await writeFile(
    join(folder, 'model.pth'),
    torchArchive(prefixed, (inner) => pickle.dictionary({ model: inner })),
  );
  return join(folder, 'model.pth');
}

const largest = (got: readonly number[], wanted: readonly number[]): number => {
  expect(got).toHaveLength(wanted.length);
  return Math.max(...got.map((x, i) => Math.abs(x - wanted[i]!)));
};

describe.each([
  ['a safetensors file', asSafetensors],
  ['a PyTorch checkpoint of a wrapped model', asCheckpoint],
])('from %s', (_, write) => {
  test('the image encoder gives the tokens of the Vision Transformer', async () => {
    const weights = vitWeights(SMALL);
    const source = await initialised(await write(weights), TIMM_VIT);
    const rng = createRng('pixels');
    const [one, other] = [0, 1].map(() => Array.from({ length: 3 * SMALL.image.size ** 2 }, () => rng.normal()));
    const { image_tokens } = await runGraph(inferenceGraph('image_encoder', SMALL, source), {
      pixel_values: float32([2, 3, SMALL.image.size, SMALL.image.size], [...one!, ...other!]),
    });
    const wanted = [one!, other!].flatMap((pixels) => vitForward(weights, SMALL, pixels).flat());
    expect(largest(numbersOf(image_tokens), wanted)).toBeLessThan(1e-5);
  });

  test('the text encoder gives the tokens of RoBERTa, padding or not', async () => {
    const weights = robertaWeights(SMALL, 12);
    const source = await initialised(await write(weights), ROBERTA);
    const texts = [
      [0, 7, 9, 11, 2, 1, 1],
      [0, 8, 8, 12, 20, 29, 2],
    ];
    const { text_tokens } = await runGraph(inferenceGraph('text_encoder', SMALL, source), {
      input_ids: int64([2, 7], texts.flat()),
      attention_mask: int64(
        [2, 7],
        texts.flat().map((id) => (id === 1 ? 0 : 1)),
      ),
    });
    const got = numbersOf(text_tokens);
    const wanted = texts.flatMap((ids) => robertaForward(weights, SMALL, ids).flat());
    expect(largest(got, wanted)).toBeLessThan(1e-5);
  });
});
