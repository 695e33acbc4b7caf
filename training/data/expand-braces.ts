import { expect } from '../../model/errors.js';

const MOST_FILES = 1_000_000;

/**
 * The files that a pattern stands for, as the shell and WebDataset expand it: `{000..331}` counts, with leading zeros where they
 * are written, and `{a,b}` lists; several braces give every combination. Throws where that were over a million files.
 */
export function expandBraces(pattern: string): string[] {
  const found = /^(.*?)\{([^{}]*(?:\.\.|,)[^{}]*)\}(.*)$/s.exec(pattern);
  if (!found) return [pattern];
  const [, before, inside, after] = found as unknown as [string, string, string, string];
  const range = /^(\d+)\.\.(\d+)$/.exec(inside);
  const choices = range ? count(range[1]!, range[2]!, pattern) : inside.split(',');
  const rest = expandBraces(after);
  expect(choices.length * rest.length <= MOST_FILES, `pattern ${pattern}`, 'at most a million files', 'more');
  return choices.flatMap((choice) => rest.map((end) => before + choice + end));
}

function count(first: string, last: string, pattern: string): string[] {
  const [from, to] = [Number(first), Number(last)];
  expect(Math.abs(to - from) < MOST_FILES, `pattern ${pattern}`, 'at most a million files', `${first} to ${last}`);
  const padded = [first, last].some((end) => end.length > 1 && end.startsWith('0'));
  const width = padded ? Math.max(first.length, last.length) : 0;
  const step = from <= to ? 1 : -1;
  return Array.from({ length: Math.abs(to - from) + 1 }, (_, i) => String(from + i * step).padStart(width, '0'));
}
