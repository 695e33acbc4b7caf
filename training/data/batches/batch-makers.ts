import type { OpenBatchMaker } from './batch.js';
import { openLabelBatches } from './label-batch.js';
import { openPairBatches } from './pair-batch.js';
import { openQuestionBatches } from './question-batch.js';

/** The kinds of batches, by what is known about the pictures and texts in them. */
export const BATCH_MAKERS = {
  pairs: openPairBatches,
  questions: openQuestionBatches,
  labels: openLabelBatches,
} satisfies Record<string, OpenBatchMaker<never>>;
export type BatchKind = keyof typeof BATCH_MAKERS;
