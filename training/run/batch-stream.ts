import type { HostTensor } from '../../model/onnx/session.js';
import type { Loader } from '../data/loader.js';
import type { PretrainBatch } from '../data/pretrain-batch.js';
import type { PretrainingSettings } from '../objectives/pretraining.js';
import type { BatchStream } from './train.js';

/** The loader's batches as the inputs that a pre-training graph with these settings has; pictures are `imageSize` pixels wide. */
export function pretrainBatches(loader: Loader, imageSize: number, settings: PretrainingSettings): BatchStream {
  return {
    epochOf: loader.epochOf,
    get waitMs() {
      return loader.waitMs;
    },
    async next() {
      const batch = await loader.next();
      return { inputs: batchInputs(batch, imageSize, settings), release: () => loader.release(batch) };
    },
  };
}

function batchInputs(
  batch: PretrainBatch,
  S: number,
  { batch: B, length, losses }: PretrainingSettings,
): Record<string, HostTensor> {
  const float = (shape: number[], data: Float32Array): HostTensor => ({ dtype: 'float32', shape, data });
  const int = (data: BigInt64Array): HostTensor => ({ dtype: 'int64', shape: [B, length], data });
  const pairwise = (data: Float32Array) => float([B, B], data);
  return {
    pixel_values: float([B, 3, S, S], batch.pixelValues),
    input_ids: int(batch.inputIds),
    attention_mask: int(batch.attentionMask),
    ...(losses.mim && { image_mask: float([B, batch.imageMask.length / B], batch.imageMask) }),
    ...(losses.mlm && { text_mask: float([B, length], batch.textMask) }),
    ...(losses.itc && { itc_targets: pairwise(batch.itcTargets) }),
    ...(losses.itm && {
      negative_allowed: pairwise(batch.negativeAllowed),
      gumbel_image: pairwise(batch.gumbelImage),
      gumbel_text: pairwise(batch.gumbelText),
    }),
  };
}
