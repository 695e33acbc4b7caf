/** Zero-shot classification (appendix A.5): class names become texts, after CLIP, and the texts are compared with a picture. */
import { ExpectationError, expect } from '../errors.js';

/** Asked where nothing else is said; CLIP's. */
export const DEFAULT_TEMPLATES: readonly string[] = ['a photo of a {}'];

const PLACEHOLDER = /\{(?:label)?\}/g;

/** `templates` as they are when each has a place for the label, `{}` or `{label}`. Throws, naming the one that has none, or on none. */
export function checkTemplates(templates: readonly string[]): readonly string[] {
  expect(templates.length > 0, 'templates', 'at least one', 'none');
  const without = templates.find((template) => template.search(PLACEHOLDER) < 0);
  if (without !== undefined)
    throw new ExpectationError('template', 'a text with {} or {label} where the label goes', `"${without}"`);
  return templates;
}

/** The texts that stand for a label, one a template. */
export const promptsOf = (label: string, templates: readonly string[]): string[] =>
  templates.map((template) => template.replace(PLACEHOLDER, () => label));

/**
 * The direction of several unit vectors [n,E] together: their mean, made a unit vector again, as CLIP does it for the templates of one
 * label. Vectors that cancel out give zeros.
 */
export function meanDirection(embeddings: Float32Array, size: number): Float32Array {
  const mean = new Float32Array(size);
  for (let at = 0; at < embeddings.length; at++) mean[at % size]! += embeddings[at]!;
  const length = Math.hypot(...mean);
  return length > 0 ? mean.map((x) => x / length) : mean;
}
