import { ExpectationError } from '../../model/errors.js';
import type { Graph } from '../../model/graph/graph.js';
import { modelParameters } from '../../model/maskvlm/parameters.js';
import { type HostTensor, openSession } from '../../model/onnx/session.js';
import { readSafetensors, type Tensor, writeSafetensors } from '../../model/safetensors/safetensors.js';
import { pretraining } from '../objectives/pretraining.js';
import { loadRecipe } from '../recipe/load-recipe.js';
import { readCheckpointParameters } from '../run/checkpoint.js';
import { findCheckpoint } from '../run/find-checkpoint.js';
import { openRun } from '../run/run-folder.js';
import { flatLayout } from '../step/flat-parameters.js';
import { gradientGraph } from '../step/training-graph.js';
import { pretrainingSettings } from '../tasks/pretraining-settings.js';

export interface StepOptions {
  recipe: string;
  run: string;
  batch: string;
  out: string;
}

/**
 * Runs one pre-training step on a batch from outside, hard negatives and masks included, and writes losses, similarities and gradients;
 * nothing is updated. ITC is measured against the diagonal. Throws, naming the tensor, when the batch lacks one or its shape is wrong.
 */
export async function step(options: StepOptions): Promise<void> {
  const { recipe } = await loadRecipe(options.recipe, { readsData: false });
  const run = await openRun(options.run);
  const batch = await readSafetensors(options.batch);
  const ids = batch.get('input_ids');
  if (ids?.shape.length !== 2)
    throw new ExpectationError(`input_ids in ${options.batch}`, 'shape [B,L]', ids ? `[${ids.shape}]` : 'none');
  const [B, L] = ids.shape as [number, number];
  const { vocabularySize, maxLength } = run.config.text;
  if (L > maxLength)
    throw new ExpectationError(`input_ids in ${options.batch}`, `L of at most ${maxLength}`, String(L));
  const settings = { ...pretrainingSettings(recipe, run.tokenizer.special.mask, 'given'), batch: B, length: L };
  const layout = flatLayout(modelParameters(run.config));
  const parameters = await readCheckpointParameters(await findCheckpoint(options.run, 'latest'), layout);
  const graph = gradientGraph(layout, (root) => pretraining(root, run.config, settings));
  const feeds = batchFeeds(graph, batch, B, options.batch);
  checkBelow(feeds.input_ids!, vocabularySize, `input_ids in ${options.batch}`);
  for (const name of ['negative_text', 'negative_image']) {
    if (feeds[name]) checkBelow(feeds[name], B, `${name} in ${options.batch}`);
  }
  const session = await openSession(graph);
  const outputs = await session.run({
    ...feeds,
    parameters: { dtype: 'float32', shape: [layout.size], data: parameters },
  });
  await session.release();
  await writeSafetensors(
    options.out,
    new Map(
      Object.entries(outputs).map(([name, { shape, data }]): [string, Tensor] => [
        name,
        { dtype: 'F32', shape: [...shape], data: data as Float32Array },
      ]),
    ),
  );
}

/** The graph's inputs besides the parameters, from the batch. */
function batchFeeds(
  { inputs }: Graph,
  batch: ReadonlyMap<string, Tensor>,
  B: number,
  file: string,
): Record<string, HostTensor> {
  return Object.fromEntries(
    inputs
      .filter(({ name }) => name !== 'parameters')
      .map(({ name, dtype, shape }) => [
        name,
        name === 'itc_targets' ? identity(B) : fromBatch(batch, name, dtype, shape as number[], file),
      ]),
  );
}

const identity = (B: number): HostTensor => ({
  dtype: 'float32',
  shape: [B, B],
  data: Float32Array.from({ length: B * B }, (_, i) => (i % (B + 1) === 0 ? 1 : 0)),
});

/** A tensor of the batch in the type that the graph wants; masks may come in any number type. */
function fromBatch(
  batch: ReadonlyMap<string, Tensor>,
  name: string,
  dtype: HostTensor['dtype'],
  shape: number[],
  file: string,
): HostTensor {
  const tensor = name === 'image_mask' ? withoutCls(batch.get(name), shape) : batch.get(name);
  if (!tensor || `${tensor.shape}` !== `${shape}`)
    throw new ExpectationError(`${name} in ${file}`, `shape [${shape}]`, tensor ? `[${tensor.shape}]` : 'none');
  if (tensor.dtype === 'F16' || tensor.dtype === 'BF16')
    throw new ExpectationError(`${name} in ${file}`, 'F32 or a type of whole numbers', tensor.dtype);
  const values = Array.from(tensor.data as ArrayLike<number | bigint>, Number);
  if (dtype !== 'int64') return { dtype, shape, data: Float32Array.from(values) };
  const broken = values.find((value) => !Number.isSafeInteger(value));
  if (broken !== undefined) throw new ExpectationError(`${name} in ${file}`, 'whole numbers', String(broken));
  return { dtype, shape, data: BigInt64Array.from(values, BigInt) };
}

/** A mask of all N image tokens without its column for [CLS], which is never masked; one of the patches alone as it is. */
function withoutCls(mask: Tensor | undefined, [, patches]: number[]): Tensor | undefined {
  const N = patches! + 1;
  if (mask?.shape.length !== 2 || mask.shape[1] !== N) return mask;
  const data = (mask.data as Float32Array).filter((_, i) => i % N !== 0);
  return { ...mask, shape: [mask.shape[0]!, patches!], data } as Tensor;
}

/** Throws unless every id or row number lies in [0, limit): a negative one would count from the end. */
function checkBelow({ data }: HostTensor, limit: number, what: string): void {
  const beyond = (data as BigInt64Array).find((value) => value < 0n || value >= BigInt(limit));
  if (beyond !== undefined) throw new ExpectationError(what, `whole numbers from 0 to ${limit - 1}`, String(beyond));
}
