import { ExpectationError } from '../../model/errors.js';
import { modelParameters } from '../../model/maskvlm/parameters.js';
import { type HostTensor, openSession } from '../../model/onnx/session.js';
import { readSafetensors, type Tensor, writeSafetensors } from '../../model/safetensors/safetensors.js';
import { loadRecipe } from '../recipe/load-recipe.js';
import { findCheckpoint, readCheckpointParameters } from '../run/checkpoint.js';
import { openRun } from '../run/run-folder.js';
import { flatLayout } from '../step/flat-parameters.js';
import { pretrainingSettings } from '../step/pretraining-settings.js';
import { gradientGraph } from '../step/training-graph.js';

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
  const { recipe } = await loadRecipe(options.recipe);
  const run = await openRun(options.run);
  const batch = await readSafetensors(options.batch);
  const ids = batch.get('input_ids');
  if (ids?.shape.length !== 2)
    throw new ExpectationError(`input_ids in ${options.batch}`, 'shape [B,L]', ids ? `[${ids.shape}]` : 'none');
  const [B, L] = ids.shape as [number, number];
  const settings = { ...pretrainingSettings(recipe, run.tokenizer.special.mask, 'given'), batch: B, length: L };
  const layout = flatLayout(modelParameters(run.config));
  const parameters = await readCheckpointParameters(await findCheckpoint(options.run, 'latest'), layout);
  const graph = gradientGraph(run.config, layout, settings);
  const feeds: Record<string, HostTensor> = {
    parameters: { dtype: 'float32', shape: [layout.size], data: parameters },
  };
  for (const input of graph.inputs) {
    if (input.name === 'parameters') continue;
    const shape = input.shape as number[];
    feeds[input.name] =
      input.name === 'itc_targets' ? identity(B) : fromBatch(batch, input.name, input.dtype, shape, options.batch);
  }
  const session = await openSession(graph);
  const outputs = await session.run(feeds);
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
  const tensor = batch.get(name);
  if (!tensor || `${tensor.shape}` !== `${shape}`)
    throw new ExpectationError(`${name} in ${file}`, `shape [${shape}]`, tensor ? `[${tensor.shape}]` : 'none');
  const values = Array.from(tensor.data as ArrayLike<number | bigint>);
  return dtype === 'int64'
    ? { dtype, shape, data: BigInt64Array.from(values, BigInt) }
    : { dtype, shape, data: Float32Array.from(values, Number) };
}
