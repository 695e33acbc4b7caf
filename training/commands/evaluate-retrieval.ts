import { ExpectationError } from '../../model/errors.js';
import { loadTokenizer } from '../../model/tokenizer/tokenizer.js';
import { readData } from '../data/read-data.js';
import { openBundleModel } from '../evaluation/bundle-model.js';
import { evaluateRecords } from '../evaluation/evaluate-records.js';
import type { MeasureTask } from './evaluate.js';

/** Two-stage retrieval among the annotated pictures and their texts. Throws when the data is unusable. */
export const measureRetrieval: MeasureTask = async (bundle, options) => {
  const { format, annotations, images, split, limit, kTest, score, threads } = options;
  if (format === 'imagefolder' || annotations === undefined)
    throw new ExpectationError('--format', 'one with texts for the task retrieval', format);
  const [source] = await readData([{ format, annotations, images, split, limit }], {
    cleaning: 'none',
    check: 'decode',
    maxSkippedShare: 0,
  });
  const model = await openBundleModel(bundle, { threads });
  try {
    const { image, text } = bundle.manifest;
    const tokenizer = loadTokenizer(bundle.tokenizerFile);
    return await evaluateRecords(model, source!.records, {
      tokenizer,
      image,
      maxLength: text.maxLength,
      kTest,
      score,
    });
  } finally {
    await model.release();
  }
};
