import { resolve } from 'node:path';
import { ExpectationError } from '../../model/errors.js';

const PATH_KEYS = /^(tokenizer\.(file|vocab|merges)|data\.(train|val)\.\d+\.(annotations|questions|images))$/;
const NAME = 'MASKVLM_DATA';
const VARIABLE = `\${${NAME}}`;

/** Rewrites every path in a recipe, or in the part of one that lies at `at`; everything else is returned as it is. */
export function mapPaths<T>(value: T, change: (path: string) => string, at: string[] = []): T {
  if (typeof value === 'string') return (PATH_KEYS.test(at.join('.')) ? change(value) : value) as T;
  if (Array.isArray(value)) return value.map((item, index) => mapPaths(item, change, [...at, String(index)])) as T;
  if (value === null || typeof value !== 'object') return value;
  const changed = Object.entries(value).map(([key, item]) => [key, mapPaths(item, change, [...at, key])]);
  return Object.fromEntries(changed) as T;
}

/** Makes a relative path absolute; one that starts with `${MASKVLM_DATA}` stays as written, so that recipes travel. */
export function anchorPath(path: string, folder: string): string {
  return path.startsWith(VARIABLE) ? path : resolve(folder, path);
}

/** Replaces `${MASKVLM_DATA}` by the variable's value. Throws when it is unset or another variable is named. */
export function expandPath(path: string, environment: NodeJS.ProcessEnv): string {
  return path.replaceAll(/\$\{([^}]*)\}/g, (_, name: string) => {
    if (name !== NAME) {
      throw new ExpectationError(`recipe path ${path}`, `no variable but ${VARIABLE}`, `\${${name}}`);
    }
    const value = environment[NAME];
    if (!value) {
      const expected = 'the folder that holds the public data sets (export MASKVLM_DATA=/path/to/data)';
      throw new ExpectationError(NAME, expected, `nothing; the recipe names ${path}`);
    }
    return resolve(value);
  });
}
