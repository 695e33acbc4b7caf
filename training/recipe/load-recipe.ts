import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { parse, stringify } from 'yaml';
import { ExpectationError } from '../../model/errors.js';
import { parseRecipe, type Recipe } from './recipe.js';
import { applyOverrides, parseOverride } from './recipe-overrides.js';
import { anchorPath, expandPath, mapPaths } from './recipe-paths.js';

/** Where a recipe comes from besides its file. */
export interface RecipeSurroundings {
  /** `--set` arguments, `key.path=value`, applied in order. */
  set?: readonly string[];
  /** Folder that relative paths in `set` start from; default the current one. Those in the file start from the file's folder. */
  cwd?: string;
  /** Holds MASKVLM_DATA; default process.env. */
  environment?: NodeJS.ProcessEnv;
  /** Whether the data will be read; default true. If not, paths with an unset `${MASKVLM_DATA}` stay as they are written. */
  readsData?: boolean;
}

export interface LoadedRecipe {
  /** All defaults filled in, all paths absolute. */
  recipe: Recipe;
  /** The same recipe as YAML, for RUN/recipe.yaml: it loads back to the same `recipe`, and keeps `${MASKVLM_DATA}` unexpanded. */
  yaml: string;
}

/**
 * Reads a recipe file. Throws an ExpectationError for a file that is missing or not YAML, an unknown key, a wrong value, a wrong
 * `--set`, or a path that names `${MASKVLM_DATA}` while it is unset.
 */
export async function loadRecipe(file: string, surroundings: RecipeSurroundings = {}): Promise<LoadedRecipe> {
  const { set = [], cwd = process.cwd(), environment = process.env, readsData = true } = surroundings;
  const path = resolve(cwd, file);
  const document = mapPaths(await readDocument(path), (value) => anchorPath(value, dirname(path)));
  const overrides = set.map(parseOverride).map((override) => ({
    ...override,
    value: mapPaths(override.value, (value) => anchorPath(value, cwd), override.path),
  }));
  const portable = parseRecipe(applyOverrides(document, overrides));
  const expands = readsData || Boolean(environment.MASKVLM_DATA);
  const recipe = expands ? mapPaths(portable, (value) => expandPath(value, environment)) : portable;
  return { recipe, yaml: stringify(portable, { lineWidth: 0 }) };
}

async function readDocument(path: string): Promise<unknown> {
  const source = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new ExpectationError('recipe', 'a readable file', `${path} (${error.code})`);
  });
  try {
    return parse(source);
  } catch (error) {
    throw new ExpectationError(`recipe ${path}`, 'valid YAML', (error as Error).message.split('\n')[0]!);
  }
}
