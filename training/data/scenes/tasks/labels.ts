import type { Truth } from './truth.js';

/** The classes of visual entailment, as SNLI-VE names them. */
export const LABELS = ['entailment', 'neutral', 'contradiction'] as const;
export type Label = (typeof LABELS)[number];

/** The label of a sentence that a picture decides. */
export function labelOf(truth: Truth): Label | undefined {
  return truth === undefined ? undefined : truth ? 'entailment' : 'contradiction';
}
