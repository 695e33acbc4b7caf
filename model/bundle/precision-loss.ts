import { z } from 'zod';
import { PRECISIONS } from './manifest.js';

const recalls = z.strictObject({ r1: z.number(), r5: z.number(), r10: z.number() });
const directions = { textToImage: recalls, imageToText: recalls, meanRecall: z.number() };
/** Percentages, as `evaluate` prints them. */
const rates = z.strictObject({ ...directions, itcOnly: z.strictObject(directions) });

/** What a reduced precision costs, measured at export: `metrics.precision` of a manifest. */
export const precisionLossSchema = z.strictObject({
  precision: z.enum(PRECISIONS).exclude(['fp32']),
  task: z.literal('retrieval'),
  /** Pictures and texts of the run's validation data, and how many ITC candidates ITM ordered anew. */
  images: z.int().positive(),
  texts: z.int().positive(),
  candidates: z.int().positive(),
  /** With the weights in fp32. */
  baseline: rates,
  /** With the weights in `precision`. */
  reduced: rates,
  /** `reduced` minus `baseline`: what was lost is negative. */
  difference: rates,
});
export type PrecisionLoss = z.infer<typeof precisionLossSchema>;
