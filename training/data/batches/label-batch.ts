import { ids, type OpenBatchMaker } from './batch.js';
import { createPictureRows } from './picture-rows.js';
import { createTextEncoder, textInputs } from './text-rows.js';

/** The class of a statement or hypothesis, as the classifier numbers them. */
export interface LabelTarget {
  label: number;
}

/** Batches of NLVR2 and visual entailment: `labels` [B] beside the pictures, a right one behind its left one, and the texts. */
export const openLabelBatches: OpenBatchMaker<LabelTarget> = (tokenizer, settings) => {
  const writePictures = createPictureRows(settings);
  const encode = createTextEncoder(tokenizer, settings.maxLength);
  return (step, samples, spare) => ({
    step,
    inputs: {
      pixel_values: writePictures(step, samples, spare, ({ text }) => text),
      ...textInputs(
        samples.map(({ text }) => encode(text)),
        tokenizer.special.pad,
        settings.maxLength,
      ),
      labels: ids(
        [samples.length],
        BigInt64Array.from(samples, ({ target }) => BigInt(target.label)),
      ),
    },
  });
};
