import { z } from 'zod';
import { PRECISIONS } from './manifest.js';

/** Percentages by what they measure. */
const rates = z.record(z.string(), z.number());

/** What a reduced precision costs, measured at export: `metrics.precision` of a manifest. */
export const precisionLossSchema = z.strictObject({
  precision: z.enum(PRECISIONS).exclude(['fp32']),
  /** What the run trained. */
  task: z.string(),
  /** Examples of the run's validation data: pictures with their texts, questions, statements, hypotheses. */
  examples: z.int().positive(),
  /** With the weights in fp32. */
  baseline: rates,
  /** With the weights in `precision`. */
  reduced: rates,
  /** `reduced` minus `baseline`: what was lost is negative. */
  difference: rates,
});
export type PrecisionLoss = z.infer<typeof precisionLossSchema>;
