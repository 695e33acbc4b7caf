import { ExpectationError } from '../../model/errors.js';
import { suggestion } from '../suggestion.js';

/** The label that a file gives, undefined where it gives none. Throws, naming `what` and the nearest label, where it is none of `known`. */
export function readLabel<L extends string>(value: unknown, known: readonly L[], what: string): L | undefined {
  if (value === undefined || value === null) return undefined;
  const label = known.find((one) => one === value);
  if (label !== undefined) return label;
  const hint = typeof value === 'string' ? suggestion(value, known) : '';
  throw new ExpectationError(`label in ${what}`, `one of ${known.join(', ')}`, `${JSON.stringify(value)}${hint}`);
}

/** The truth value that a file gives as `True`, `true` or without quotes; undefined where it gives none. Throws as {@link readLabel}. */
export function readTruth(value: unknown, what: string): boolean | undefined {
  if (typeof value === 'boolean') return value;
  if (value === 'true' || value === 'false') return value === 'true';
  const label = readLabel(value, ['True', 'False'], what);
  return label === undefined ? undefined : label === 'True';
}

/** The records of rows that all have a label, or none. Throws, naming the first row without one, where others have one. */
export function labelledAlike<R extends { label?: unknown }>(rows: readonly { record: R; what: string }[]): R[] {
  const bare = rows.find(({ record }) => record.label === undefined);
  const labelled = rows.find(({ record }) => record.label !== undefined);
  if (bare && labelled) throw new ExpectationError(bare.what, `a label, as ${labelled.what} has one`, 'none');
  return rows.map(({ record }) => record);
}
