import type { z } from 'zod';
import { ExpectationError } from '../../model/errors.js';
import { suggestion } from '../suggestion.js';

/**
 * Turns what zod found into the one error that the reader sees. Unknown keys come first: a misspelt key usually also shows up as
 * a missing one, and the spelling is the cause.
 */
export function recipeError(error: z.ZodError, input: unknown): ExpectationError {
  const unknown = error.issues.find((issue) => issue.code === 'unrecognized_keys');
  const issue = unknown ?? error.issues[0]!;
  const path = issue.path.map(String);
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0]!;
    const known = issue.message.split(', ');
    const full = (name: string) => [...path, name].join('.');
    return new ExpectationError(
      'recipe',
      `one of ${known.map(full).join(', ')}`,
      `"${full(key)}"${suggestion(key, known, full)}`,
    );
  }
  const value = valueAt(input, path);
  const names = issue.code === 'invalid_value' && typeof value === 'string' ? issue.values.map(String) : [];
  const got = spell(value) + (names.length ? suggestion(String(value), names) : '');
  return new ExpectationError(['recipe', path.join('.')].filter(Boolean).join(' '), issue.message, got);
}

function valueAt(input: unknown, path: string[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (value !== null && typeof value === 'object' ? (value as Record<string, unknown>)[key] : undefined),
    input,
  );
}

function spell(value: unknown): string {
  if (value === undefined) return 'nothing';
  const spelling = JSON.stringify(value) ?? String(value);
  return spelling.length > 80 ? `${spelling.slice(0, 77)}...` : spelling;
}
