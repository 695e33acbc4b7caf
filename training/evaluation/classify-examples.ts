import { softmax } from '../../model/classification/softmax.js';
import { openSession } from '../../model/onnx/session.js';
import type { MeasuredModel, MeasureOptions } from './measured-model.js';
import { EXAMPLE_BATCH, type Example, openPairEncoder } from './pair-encoder.js';

/** Probabilities of the classes of NLVR2 (false, true) or visual entailment for each example, in order. */
export async function classifyExamples(
  model: MeasuredModel,
  role: 'nlvr2_classifier' | 've_classifier',
  examples: readonly Example[],
  options: MeasureOptions = {},
): Promise<Float32Array[]> {
  const { signal: _, onProgress, ...session } = options;
  const encoder = await openPairEncoder(model, options);
  const classifier = await openSession(model.graph(role), session);
  try {
    const found: Float32Array[] = [];
    for (let from = 0; from < examples.length; from += EXAMPLE_BATCH) {
      const batch = examples.slice(from, from + EXAMPLE_BATCH);
      const { inputs, imageRows, textRows } = await encoder.encode(batch);
      const K = batch.length;
      const { logits } = await classifier.run({
        ...inputs,
        image_rows: { dtype: 'int64', shape: role === 'nlvr2_classifier' ? [2, K] : [K], data: imageRows },
        text_rows: { dtype: 'int64', shape: [K], data: textRows },
      });
      const classes = logits!.shape[1]!;
      for (let k = 0; k < K; k++)
        found.push(softmax((logits!.data as Float32Array).subarray(k * classes, (k + 1) * classes)));
      onProgress?.('examples', found.length, examples.length);
    }
    return found;
  } finally {
    await Promise.all([encoder.release(), classifier.release()]);
  }
}
