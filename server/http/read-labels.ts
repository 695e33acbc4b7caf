import { checkTemplates, DEFAULT_TEMPLATES, promptsOf } from '../../model/classification/prompts.js';
import { ExpectationError } from '../../model/errors.js';
import type { Limits } from '../config.js';
import { fieldProblem } from './problems.js';
import { usableText } from './usable-text.js';

/** A template whose prompts are short enough, that of the longest label included. */
function readTemplate(template: string, path: string, longest: string, mostCharacters: number): string {
  try {
    checkTemplates([template]);
  } catch (error) {
    if (!(error instanceof ExpectationError)) throw error;
    throw fieldProblem('unusable', path, `expected ${error.expected}, got ${error.got}`);
  }
  usableText(promptsOf(longest, [template])[0]!, path, mostCharacters);
  return template;
}

/**
 * Labels, and the templates that make prompts of them.
 * @throws Problem that names a label or template which cannot be used, or both where their prompts are over the limit
 */
export function readLabels(
  { labels, templates = [...DEFAULT_TEMPLATES] }: { labels: string[]; templates?: string[] },
  { textCharacters, itemsPerRequest }: Limits,
): { labels: string[]; templates: string[] } {
  const prompts = labels.length * templates.length;
  if (prompts > itemsPerRequest) {
    const got = `${labels.length} labels x ${templates.length} templates`;
    throw fieldProblem('too-large', 'labels', `expected at most ${itemsPerRequest} prompts, got ${got}`);
  }
  const usable = labels.map((label, i) => usableText(label, `labels[${i}]`, textCharacters));
  const longest = usable.reduce((a, b) => (b.length > a.length ? b : a));
  return {
    labels: usable,
    templates: templates.map((template, i) => readTemplate(template, `templates[${i}]`, longest, textCharacters)),
  };
}
