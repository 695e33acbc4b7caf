import { parse } from 'yaml';
import { ExpectationError, expect } from '../../model/errors.js';

/** One key with its value: `--set key.path=value`, the value read as YAML, or what a recipe says beside `extends`. */
export interface Override {
  path: string[];
  value: unknown;
}

/** Keys that exclude each other: setting one of a group drops the others that the file may have. */
const ALTERNATIVES = [
  [['schedule.steps'], ['schedule.epochs', 'schedule.warmupEpochs']],
  [['schedule.warmupSteps'], ['schedule.warmupEpochs']],
  [['tokenizer.file'], ['tokenizer.vocab', 'tokenizer.merges'], ['tokenizer.vocabSize', 'tokenizer.lowercase']],
];

/** Reads `key.path=value`. Throws when there is no key, no equals sign, or the value is not YAML. */
export function parseOverride(argument: string): Override {
  const [, key, value] = /^([^=]+)=(.*)$/s.exec(argument) ?? [];
  expect(key !== undefined && value !== undefined, '--set', 'key.path=value', JSON.stringify(argument));
  try {
    return { path: key.trim().split('.'), value: parse(value) };
  } catch (error) {
    throw new ExpectationError(`--set ${key}`, 'a YAML value', `${value} (${(error as Error).message.split('\n')[0]})`);
  }
}

/**
 * Applies overrides to a recipe document, in order. Lists take an index (one past the end appends). A preset's bare name becomes
 * a mapping when one of its keys is set: `model: tiny` and `--set model.width=96` give `{preset: tiny, width: 96}`. Paths that
 * the schema does not know are left for parseRecipe to refuse.
 */
export function applyOverrides(document: unknown, overrides: Override[]): unknown {
  const set = new Set(overrides.map(({ path }) => path.join('.')));
  const dropped = ALTERNATIVES.flatMap((group) =>
    group.filter((own) => !own.some((key) => set.has(key)) && group.some((other) => other.some((key) => set.has(key)))),
  ).flat();
  const cleared = dropped.reduce((value, key) => without(value, key.split('.')), document);
  return overrides.reduce((value, { path, value: wanted }) => assign(value, path, wanted, []), cleared);
}

function assign(target: unknown, path: string[], value: unknown, walked: string[]): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const here = [...walked, key];
  if (Array.isArray(target)) {
    const index = /^\d+$/.test(key) ? Number(key) : -1;
    const expected = `an index from 0 to ${target.length}`;
    expect(index >= 0 && index <= target.length, `recipe ${walked.join('.')}`, expected, JSON.stringify(key));
    const copy = [...target];
    copy[index] = assign(target[index], rest, value, here);
    return copy;
  }
  const mapping = asMapping(target, walked);
  const current = Object.hasOwn(mapping, key) ? mapping[key] : listOrNothing(rest);
  return { ...mapping, [key]: assign(current, rest, value, here) };
}

function asMapping(target: unknown, walked: string[]): Record<string, unknown> {
  if (target !== null && typeof target === 'object') return target as Record<string, unknown>;
  return walked.join('.') === 'model' && typeof target === 'string' ? { preset: target } : {};
}

/** A missing key is about to hold a list if the path goes on with its first index. */
const listOrNothing = (rest: string[]) => (rest[0] === '0' ? [] : undefined);

function without(target: unknown, path: string[]): unknown {
  const [key, ...rest] = path;
  if (key === undefined || target === null || typeof target !== 'object' || !(key in target)) return target;
  const { [key]: current, ...others } = target as Record<string, unknown>;
  return rest.length ? { ...others, [key]: without(current, rest) } : others;
}
